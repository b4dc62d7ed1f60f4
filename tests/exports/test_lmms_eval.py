import hashlib
import json
from datetime import datetime
from pathlib import Path

import jsonschema
import pyarrow.parquet as pq
import pytest

import tiny_runs
from mmpeft import exports, places
from mmpeft.exports.lmms_eval import samples, sanitised

SCHEMA = json.loads(Path(__file__).with_name("lmms_eval.schema.json").read_text())
RUN, FAILED = "tiny__toy__lora__a__b__c__d", "tiny__toy__lora__a__b__too-fast__d"
RUN_ID = "tiny/toy/lora/a/b/c/d"


@pytest.fixture(scope="module")
def files(exported):
    """(Model, task) -> lines."""
    found = {}
    for path in (exported / "lmms_eval").glob("*/*.jsonl"):
        task = path.stem.partition("_samples_")[2]
        lines = path.read_text(encoding="utf-8").splitlines()
        found[path.parent.name, task] = [json.loads(line) for line in lines]
    return found


def test_every_answered_test_set_has_a_file(files):
    assert set(files) == {
        (RUN, tiny_runs.DATASET),
        ("base__tiny", tiny_runs.DATASET),
        (f"{RUN}__epoch-1", f"transfer_{tiny_runs.DATASET}"),
        (f"{RUN}__epoch-2", f"transfer_{tiny_runs.DATASET}"),
    }


def test_lines_fit_the_schema(files):
    for lines in files.values():
        assert [line["doc_id"] for line in lines] == list(range(tiny_runs.SIZES["test"]))
        for line in lines:
            jsonschema.validate(line, SCHEMA)


def test_a_line_has_question_answer_references_and_score(files, folder):
    predictions = pq.read_table(folder / places.run(RUN_ID) / "predictions.parquet").to_pylist()
    for line, row in zip(files[RUN, tiny_runs.DATASET], predictions, strict=True):
        assert line["doc"] == {
            "id": row["id"],
            "question": row["question"],
            "answers": row["answers"],
        }
        assert line["filtered_resps"] == [row["prediction"]]
        assert line["target"] == str(row["answers"])
        assert line["option_accuracy"] == row["score"]
        assert line["input"] == row["prompt"]
        assert line["prompt_hash"] == hashlib.sha256(row["prompt"].encode()).hexdigest()


def test_epochs_are_models_of_their_own(files, folder):
    place = folder / places.evaluation("transfer", tiny_runs.DATASET, RUN_ID)
    rows = pq.read_table(place / "predictions.parquet").to_pylist()
    for epoch in (1, 2):
        lines = files[f"{RUN}__epoch-{epoch}", f"transfer_{tiny_runs.DATASET}"]
        said = [row["prediction"] for row in rows if row["epoch"] == epoch]
        assert [line["filtered_resps"][0] for line in lines] == said


def test_names_begin_with_the_date_of_the_scoring(exported, folder):
    record = json.loads((folder / places.run(RUN_ID) / "scores.json").read_text())
    (file,) = (exported / "lmms_eval" / RUN).iterdir()
    date = datetime.strptime(file.name.partition("_samples_")[0], "%Y%m%d_%H%M%S")
    assert f"{date.isoformat()}+00:00" == record["provenance"]["recorded"]


def test_texts_of_any_kind_stay_one_line():
    row = {
        "id": "1",
        "question": "a\nb </script> é",
        "prompt": "",
        "answers": ["'", '"'],
        "prediction": "\u2028",
        "metric": "vqa_score",
        "score": 30.0,
    }
    (line,) = samples([row])
    text = json.dumps(line, ensure_ascii=False)
    assert "\n" not in text
    assert json.loads(text) == line


def test_names_of_models_are_folders():
    assert sanitised('a/b\\c:d*e?"f"<g>|[h]') == "a__b__c__d__e__f__g__h__"


def test_a_record_that_is_not_there_is_named_and_nothing_is_written(folder, tmp_path):
    cells = [{"run": "a/b", "dataset": "c"}]
    grid = {"source": "run", "cells": cells, "baselines": [], "evaluations": []}
    with pytest.raises(FileNotFoundError, match=r"a/b/train\.json"):
        exports.write(grid, folder, tmp_path / "exports")
    assert not (tmp_path / "exports").exists()
