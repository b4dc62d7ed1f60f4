import json

import pandas as pd
import pytest

import synthetic
from mmpeft import results, verification


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


@pytest.fixture
def table(folder, study):
    return results.collect(study.manifest(), folder)


@pytest.fixture
def run(study):
    return next(run for run in study.runs if run.method == "lora")


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_results_that_were_just_collected_agree(folder, table):
    assert verification.score_mismatches(table, folder) == []


def test_gaps_agree_too(folder, study, run):
    synthetic.fail(folder, run, "out of memory")
    (folder / "runs" / study.runs[-1].id / "scores.json").unlink()
    table = results.collect(study.manifest(), folder)
    assert verification.score_mismatches(table, folder) == []


def test_a_score_that_changed_since_is_found(folder, table, run):
    path = folder / "runs" / run.id / "scores.json"
    record = json.loads(path.read_text())
    next(iter(record["scores"].values()))["value"] += 0.1
    path.write_text(json.dumps(record))
    (found,) = verification.score_mismatches(table, folder)
    assert run.id in found
    assert "has value" in found


def test_a_value_edited_in_the_results_is_found(folder, table):
    table.loc[table.index[table["headline"]][3], "value"] += 1.0
    found = verification.score_mismatches(table, folder)
    assert len(found) == 2, "against the record and against the predictions"


def test_items_left_out_are_found(folder, table, run):
    path = folder / "runs" / run.id / "predictions.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path)
    (found,) = verification.score_mismatches(table, folder)
    assert "49 items, the results count 50" in found


def test_items_that_score_otherwise_are_found(folder, table, run):
    path = folder / "runs" / run.id / "predictions.parquet"
    items = pd.read_parquet(path)
    items["score"] *= 0.5
    items.to_parquet(path)
    (found,) = verification.score_mismatches(table, folder)
    assert "on average" in found


@pytest.mark.parametrize("name", ["scores.json", "predictions.parquet", "train.json"])
def test_a_file_that_is_gone_is_found(folder, table, run, name):
    (folder / "runs" / run.id / name).unlink()
    (found,) = verification.score_mismatches(table, folder)
    assert name in found


def test_a_run_scored_since_is_found(folder, study, run):
    path = folder / "runs" / run.id / "scores.json"
    text = path.read_text()
    path.unlink()
    table = results.collect(study.manifest(), folder)
    path.write_text(text)
    assert any("call it missing" in found for found in verification.score_mismatches(table, folder))


def test_a_failure_since_is_found(folder, table, run):
    synthetic.fail(folder, run, "out of memory")
    found = verification.score_mismatches(table, folder)
    assert any("training failed" in fault for fault in found)


@pytest.mark.parametrize(
    ("axis", "value"), [("learning_rate", 0.5), ("epochs", 7), ("connector", "warm")]
)
def test_a_run_trained_with_other_settings_is_found(folder, table, run, axis, value):
    path = folder / "runs" / run.id / "train.json"
    settings = json.loads(path.read_text())["settings"]
    change(path, settings=settings | {axis: value})
    (found,) = verification.score_mismatches(table, folder)
    assert f"trained with {axis}" in found


def test_another_parameter_count_is_found(folder, table, run):
    path = folder / "runs" / run.id / "train.json"
    change(path, parameters={"trainable": 1, "total": 2, "groups": {"method": 3}})
    found = verification.score_mismatches(table, folder)
    assert len(found) == 3
