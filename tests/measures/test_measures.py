import json

import pytest

import tiny_runs
from mmpeft.datasets.mini.scene import Scene, Thing
from mmpeft.datasets.registry import DATASETS
from mmpeft.judges import JUDGES, AnswerVerdict, CaptionVerdict
from mmpeft.measures import MEASURES
from mmpeft.scoring import score

SCENE = Scene((Thing("circle", "red", "big", 0), Thing("star", "blue", "small", 3)))
BLUE_STAR = {"attribute": "colour", "value": "blue", "shape": "star"}


def row(kind="caption", asked=None):
    meta = {"kind": kind, "scene": SCENE.graph(), "asked": asked}
    return {"id": "test-0", "meta": json.dumps(meta)}


def test_transfer_scores_as_the_runs_of_a_dataset_are_scored():
    spec, rows = DATASETS[tiny_runs.DATASET], tiny_runs.rows("test")
    said = ["A"] * len(rows)
    measured = MEASURES["transfer"](said, rows, spec, None)
    per_item, scores = score(said, rows, spec)
    assert (measured.metric, measured.hallucinated) == ("option_accuracy", None)
    assert (measured.per_item, measured.scores) == (per_item, scores)


def test_captions_are_counted_per_hundred():
    said = ["a red circle", "a heart", "", "a red star and a heart"]
    spec = DATASETS["mini-flickr30k"]
    measured = MEASURES["captions"](said, [row()] * 4, spec, JUDGES["scene_graph"])
    assert measured.metric == "hallucinated_captions"
    assert measured.per_item == [0, 100, 0, 100]
    assert measured.hallucinated == [(), ("a heart",), (), ("a red star", "a heart")]
    values = {name: (one["value"], one["n"]) for name, one in measured.scores.items()}
    assert values == {"hallucinated_captions": (50, 4), "captions_naming_nothing": (25, 4)}


def test_answers_are_graded_over_all_and_by_type():
    said = ["blue", "red", "", "a heart"]
    rows = [row(kind, BLUE_STAR) for kind in ("attribute", "attribute", "other", "other")]
    spec = DATASETS["mini-mmhal"]
    measured = MEASURES["mmhal"](said, rows, spec, JUDGES["scene_graph"])
    assert measured.metric == "mmhal_score"
    assert measured.per_item == [5, 0, 3, 0]
    assert {name: one["value"] for name, one in measured.scores.items()} == {
        "mmhal_score": 2,
        "mmhal_hallucination_rate": 0.5,
        "mmhal_attribute": 2.5,
        "mmhal_other": 1.5,
    }
    assert {one["n"] for one in measured.scores.values()} == {4, 2}


@pytest.mark.parametrize("name", ["captions", "mmhal"])
def test_records_name_their_judge(name):
    spec = DATASETS["mini-mmhal"]
    measured = MEASURES[name](["blue"], [row("other", BLUE_STAR)], spec, JUDGES["scene_graph"])
    for record in measured.scores.values():
        assert record["definition"].endswith("(judge: scene_graph)")
        assert record["subset"] == "all"


class Verdicts:
    """A judge that says what it is told to say."""

    name = "told"

    def __init__(self, verdicts):
        self._verdicts = verdicts

    def captions(self, captions, rows):
        return self._verdicts

    answers = captions


def graded(*grades):
    return Verdicts([AnswerVerdict(grade=grade, reply=f"says {grade}") for grade in grades])


def test_answers_without_a_grade_are_in_no_value_and_counted():
    rows = [row(kind, BLUE_STAR) for kind in ("attribute", "attribute", "other", "other")]
    measured = MEASURES["mmhal"]([""] * 4, rows, DATASETS["mmhal"], graded(6, None, None, None))
    assert measured.per_item == [6, None, None, None]
    assert measured.hallucinated == [(), None, None, None]
    assert measured.replies == ["says 6", "says None", "says None", "says None"]
    values = {name: (one["value"], one["n"]) for name, one in measured.scores.items()}
    assert values == {
        "mmhal_score": (6, 1),
        "mmhal_hallucination_rate": (0, 1),
        "mmhal_attribute": (6, 1),
        "mmhal_ungraded": (0.75, 4),
    }
    assert measured.reason is None


def test_without_any_grade_there_is_a_reason_in_place_of_a_score():
    rows = [row("other", BLUE_STAR)] * 2
    measured = MEASURES["mmhal"](["", ""], rows, DATASETS["mmhal"], graded(None, None))
    assert list(measured.scores) == ["mmhal_ungraded"]
    assert measured.reason == "no judgement holds a grade (judge: told)"


def photograph(*references):
    return {"id": "1", "references": list(references), "meta": "{}"}


def verdict(*hallucinated, names_something=True):
    return CaptionVerdict(names_something=names_something, hallucinated=hallucinated)


def test_captions_of_photographs_have_an_estimate_beside_the_judgement():
    rows = [photograph("A man walks his dog."), photograph("Two cats."), photograph("A hill.")]
    said = ["a person and a dog", "a cat on a bus", "hm"]
    judge = Verdicts([verdict("person"), verdict(), verdict(names_something=False)])
    measured = MEASURES["captions"](said, rows, DATASETS["flickr30k"], judge)
    values = {name: round(one["value"], 1) for name, one in measured.scores.items()}
    assert values == {
        "hallucinated_captions": 33.3,
        "captions_naming_nothing": 33.3,
        "captions_with_unreferenced_objects": 33.3,
    }
    # Each calls another caption wrong.
    assert measured.per_item == [100, 0, 0]
    assert "judge" not in measured.scores["captions_with_unreferenced_objects"]["definition"]


def test_captions_that_are_not_all_judged_have_the_estimate_alone():
    rows = [photograph("A man."), photograph("Two cats.")]
    judge = Verdicts([verdict(), None])
    measured = MEASURES["captions"](["a man", "a dog"], rows, DATASETS["flickr30k"], judge)
    assert {name: one["value"] for name, one in measured.scores.items()} == {
        "captions_with_unreferenced_objects": 50
    }
    assert measured.reason == "1 of 2 captions are not judged yet (judge: told)"
    # Figures must not count what is judged among all captions.
    assert measured.per_item == measured.hallucinated == [None, None]
