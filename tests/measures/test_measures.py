import json

import pytest

import tiny_runs
from mmpeft.datasets.mini.scene import Scene, Thing
from mmpeft.datasets.registry import DATASETS
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
    measured = MEASURES["captions"](said, [row()] * 4, spec, "scene_graph")
    assert measured.metric == "hallucinated_captions"
    assert measured.per_item == [0, 100, 0, 100]
    assert measured.hallucinated == [(), ("a heart",), (), ("a red star", "a heart")]
    values = {name: (one["value"], one["n"]) for name, one in measured.scores.items()}
    assert values == {"hallucinated_captions": (50, 4), "captions_naming_nothing": (25, 4)}


def test_answers_are_graded_over_all_and_by_type():
    said = ["blue", "red", "", "a heart"]
    rows = [row(kind, BLUE_STAR) for kind in ("attribute", "attribute", "other", "other")]
    spec = DATASETS["mini-mmhal"]
    measured = MEASURES["mmhal"](said, rows, spec, "scene_graph")
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
    measured = MEASURES[name](["blue"], [row("other", BLUE_STAR)], spec, "scene_graph")
    for record in measured.scores.values():
        assert record["definition"].endswith("(judge: scene_graph)")
        assert record["subset"] == "all"
