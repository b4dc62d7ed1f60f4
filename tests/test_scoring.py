import json

import pytest

import tiny_runs
from mmpeft.datasets.prompts import OPTION_LETTERS
from mmpeft.datasets.registry import DATASETS
from mmpeft.failures import Failure
from mmpeft.files import write_json
from mmpeft.scoring import evaluate_constant, headline_rows, score

SPEC = DATASETS[tiny_runs.DATASET]
ROWS = tiny_runs.rows("test")


def test_the_headline_is_over_questions_with_an_image():
    # Right for every question with an image, wrong for every other.
    said = [SPEC.target(row) if row["image"] is not None else "" for row in ROWS]
    per_item, scores = score(said, ROWS, SPEC)
    images = sum(row["image"] is not None for row in ROWS)
    headline, whole = scores["option_accuracy"], scores["option_accuracy_all"]
    assert (headline["value"], headline["n"], headline["subset"]) == (100, images, "image")
    assert (whole["n"], whole["subset"]) == (len(ROWS), "all")
    assert whole["value"] == pytest.approx(100 * images / len(ROWS))
    assert list(per_item) == [100.0 if text else 0.0 for text in said]


def test_a_dataset_of_one_kind_is_scored_as_a_whole():
    rows = headline_rows(ROWS)
    scores = score(["A"] * len(rows), rows, SPEC)[1]
    assert "option_accuracy_all" not in scores
    assert {record["subset"] for record in scores.values()} == {"all"}
    told = [row for row in ROWS if row["image"] is None]
    assert headline_rows(told) == told


def test_every_record_says_what_it_is():
    for record in score(["A"] * len(ROWS), ROWS, SPEC)[1].values():
        assert record.keys() >= {"value", "n", "definition", "subset"}
        assert record["definition"]


def test_the_constant_answer_is_the_best_letter_of_the_training_images(tmp_path):
    data = tiny_runs.write_data(tmp_path / "data")
    settings = {"dataset": {"name": tiny_runs.DATASET, "metric": SPEC.metric}}
    record = evaluate_constant(settings, data, tmp_path / "out")
    train = headline_rows(tiny_runs.rows("train"))
    hits = {
        letter: sum(SPEC.target(row) == letter for row in train) for letter in OPTION_LETTERS[:3]
    }
    assert hits[record["constant"]] == max(hits.values())
    expected = score([record["constant"]] * len(ROWS), ROWS, SPEC)[1]
    assert record["scores"] == expected
    assert json.loads((tmp_path / "out" / "scores.json").read_text()) == record


def test_a_failure_of_the_data_is_passed_on(tmp_path):
    failure = Failure(status="no_data", reason="404 Not Found", excerpt=("said",))
    write_json(tmp_path / "data/preparation.json", failure.record())
    settings = {"dataset": {"name": tiny_runs.DATASET, "metric": SPEC.metric}}
    record = evaluate_constant(settings, tmp_path / "data", tmp_path / "out")
    assert record.items() >= failure.record().items()
    assert (record["constant"], record["scores"]) == (None, {})
