import json

import pytest

from mmpeft.annotation.annotations import Annotation, key
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import write_rows
from mmpeft.files import write_json
from mmpeft.judges.annotators import AnnotatorJudge
from mmpeft.measures.judging import judge_run
from mmpeft.predictions import (
    MEASURED_PREDICTIONS,
    prediction_rows,
    read_predictions,
    write_predictions,
)

SPEC = DATASETS["mini-flickr30k"]
ROWS = [generate_row(SPEC.name, "test", index) for index in range(3)]
# Epoch -> captions of the second and the first image, in this order.
SAID = {3: ["a red star", "a dog"], 6: ["a red star", "a cat"]}
COST = {"seconds": 2.0, "samples_per_second": 1.0, "tokens": {"input": 4, "generated": 2}}
SETTINGS = {
    "dataset": {"name": SPEC.name},
    "measure": "captions",
    "judge": {"name": "annotators"},
}
JOB = {"total_seconds": 9.0, "peak_memory_bytes": 1, "peak_gpu_memory_bytes": None}


def write_answers(folder, status="ok", reason=None):
    rows = [ROWS[1], ROWS[0]]
    said = SAID if status == "ok" else {}
    table = [
        {**item, "epoch": epoch}
        for epoch, texts in said.items()
        for item in prediction_rows(texts, rows, [None] * 2, SPEC, None)
    ]
    write_predictions(table, MEASURED_PREDICTIONS, folder / "predictions.parquet")
    record = {
        "status": status,
        "reason": reason,
        "settings": {"batch_size": 4, "dataset": {"name": SPEC.name, "prompt": "caption"}},
        "dataset": SPEC.name,
        "epochs": [{"epoch": epoch, "scores": {}, **COST} for epoch in said],
        **JOB,
    }
    write_json(folder / "scores.json", record)


def judged(folder, **judgements):
    """Let people judge: captions of the images by their text, True if they hallucinate."""
    annotations = {
        key(SPEC.name, row["id"], text.replace("_", " ")): Annotation(
            hallucination=wrong, nothing=False, words=()
        )
        for text, wrong in judgements.items()
        for row in ROWS
    }
    judge = AnnotatorJudge("annotators", SPEC.name, annotations)
    test = folder / "test.parquet"
    write_rows(ROWS, test)
    record = judge_run(SETTINGS, test, folder / "answers", judge, folder / "out")
    assert json.loads((folder / "out/scores.json").read_text()) == record
    return record, read_predictions(folder / "out/predictions.parquet")


def test_answers_get_scores_and_keep_their_costs(tmp_path):
    write_answers(tmp_path / "answers")
    record, items = judged(tmp_path, a_red_star=False, a_dog=True, a_cat=True)
    assert (record["status"], record["dataset"]) == ("ok", SPEC.name)
    # What the answers depend on stays as it was.
    dataset = {"name": SPEC.name, "prompt": "caption"}
    assert record["settings"] == {**SETTINGS, "batch_size": 4, "dataset": dataset}
    assert record.items() >= JOB.items()
    assert [one["epoch"] for one in record["epochs"]] == [3, 6]
    for one in record["epochs"]:
        assert one.items() >= COST.items()
        assert one["scores"]["hallucinated_captions"]["value"] == 50
    assert [(item["epoch"], item["id"], item["score"]) for item in items] == [
        (3, ROWS[1]["id"], 0),
        (3, ROWS[0]["id"], 100),
        (6, ROWS[1]["id"], 0),
        (6, ROWS[0]["id"], 100),
    ]
    assert [item["hallucinated"] for item in items] == [[], ["a dog"], [], ["a cat"]]
    assert {item["metric"] for item in items} == {"hallucinated_captions"}
    assert record["judging"].keys() == {"seconds", "annotations"}


def test_an_epoch_that_is_not_judged_waits_alone(tmp_path):
    write_answers(tmp_path / "answers")
    record, items = judged(tmp_path, a_red_star=False, a_dog=True)
    first, second = record["epochs"]
    assert "reason" not in first
    assert second["reason"] == "1 of 2 captions are not judged yet (judge: annotators)"
    assert second["scores"] == {}
    assert [item["score"] for item in items] == [0, 100, None, None]


def test_a_failure_is_passed_on(tmp_path):
    write_answers(tmp_path / "answers", status="failed", reason="out of memory")
    record, items = judged(tmp_path)
    assert (record["status"], record["reason"]) == ("failed", "out of memory")
    assert (record["epochs"], items) == ([], [])


def test_answers_to_rows_that_are_not_there_are_an_error(tmp_path):
    write_answers(tmp_path / "answers")
    ids = [item["id"] for item in read_predictions(tmp_path / "answers/predictions.parquet")]
    judge = AnnotatorJudge("annotators", SPEC.name, {})
    write_rows(ROWS[2:], tmp_path / "test.parquet")
    with pytest.raises(KeyError, match=ids[0]):
        judge_run(SETTINGS, tmp_path / "test.parquet", tmp_path / "answers", judge, tmp_path)
