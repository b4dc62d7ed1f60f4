import json

import pandas as pd
import pytest

import synthetic
from mmpeft import results
from mmpeft.results import COLUMNS


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path / "results", study)


def test_one_row_per_experiment_run_and_metric(folder, study):
    table = results.collect(study.manifest(), folder)
    runs = table[table["kind"] == "run"]
    assert runs["headline"].sum() == len(study.cells)
    assert set(runs["run"]) == {run.id for run in study.runs}
    headline = table[table["headline"]]
    counts = headline["experiment"].value_counts().to_dict()
    assert counts == {"main": 64, "seed_noise": 24}
    assert (headline["kind"] == "base").sum() == len(study.baselines)
    assert (headline["kind"] == "constant").sum() == len(study.datasets)
    assert set(table.loc[~table["headline"], "metric"]) == {"option_accuracy_all"}
    assert (table["status"] == "ok").all()


def test_every_value_equals_its_record(folder, study):
    table = results.collect(study.manifest(), folder)
    for row in table.to_dict("records"):
        record = json.loads((folder / row["scores_record"]).read_text())
        assert record["scores"][row["metric"]]["value"] == row["value"]
        if row["kind"] == "run":
            train = json.loads((folder / row["train_record"]).read_text())
            assert train["settings"]["learning_rate"] == row["learning_rate"]
            assert train["parameters"]["trainable"] == row["trainable_parameters"]
            assert train["parameters"]["groups"]["method"] == row["method_parameters"]
            assert (folder / row["predictions"]).is_file()


def test_baselines_belong_to_no_experiment(folder, study):
    table = results.collect(study.manifest(), folder)
    assert table.loc[table["kind"] != "run", "experiment"].isna().all()
    constant = table[table["kind"] == "constant"]
    assert constant["model"].isna().all()
    assert constant["predictions"].isna().all()


def test_secondary_metrics_are_rows_but_no_headline(folder, study):
    run = next(run for run in study.runs if run.dataset == "mini-okvqa")
    path = folder / "runs" / run.id / "scores.json"
    record = json.loads(path.read_text())
    record["scores"]["exact_match"] = {"value": 12.0, "n": 50, "definition": "equal text"}
    path.write_text(json.dumps(record))
    table = results.collect(study.manifest(), folder)
    rows = table[(table["run"] == run.id) & (table["experiment"] == "main")]
    assert dict(zip(rows["metric"], rows["headline"], strict=True)) == {
        "vqa_score": True,
        "exact_match": False,
    }


def test_a_failed_run_keeps_its_row_and_its_reason(folder, study):
    run = study.runs[0]
    synthetic.fail(folder, run, "out of memory")
    table = results.collect(study.manifest(), folder)
    row = table[table["run"] == run.id].iloc[0]
    assert (row["status"], row["reason"]) == ("failed", "out of memory")
    assert pd.isna(row["value"])
    assert pd.isna(row["trainable_parameters"])
    assert row["headline"]


def test_a_failed_training_outweighs_an_old_score(folder, study):
    run = study.runs[0]
    path = folder / "runs" / run.id / "train.json"
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"status": "failed", "reason": "NaN"})
    )
    table = results.collect(study.manifest(), folder)
    assert table.loc[table["run"] == run.id, "status"].unique().tolist() == ["failed"]


def test_what_is_not_there_yet_is_missing(folder, study):
    run = study.runs[0]
    before = results.collect(study.manifest(), folder)
    (folder / "runs" / run.id / "scores.json").unlink()
    table = results.collect(study.manifest(), folder)
    row = table[table["run"] == run.id].iloc[0]
    assert row["status"] == "missing"
    assert row["trainable_parameters"] > 0
    assert table["headline"].sum() == before["headline"].sum()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ('{"status": "fine"}', "status must be"),
        ('{"status": "ok", "scores": {}}', "no score 'vqa_score'"),
    ],
)
def test_a_record_that_cannot_be_is_refused_by_name(folder, study, text, message):
    run = next(run for run in study.runs if run.dataset == "mini-vqav2")
    path = folder / "runs" / run.id / "scores.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        results.collect(study.manifest(), folder)
    assert str(path) in str(error.value)


def test_parquet_gives_back_types_and_order_of_labels(folder, study, tmp_path):
    table = results.collect(study.manifest(), folder)
    results.write(table, tmp_path / "out/results.parquet", tmp_path / "out/results.csv")
    again = results.read(tmp_path / "out/results.parquet")
    pd.testing.assert_frame_equal(again, table)
    assert list(again["method_label"].cat.categories) == ["Adapter", "LoRA", "IA3", "Prefix"]
    assert list(again["model_label"].cat.categories) == ["LLaVA-1.5-7B", "LLaVA-1.5-13B"]
    assert again["dataset_label"].cat.ordered
    text = pd.read_csv(tmp_path / "out/results.csv")
    assert list(text.columns) == list(COLUMNS)
    assert text["value"].tolist() == table["value"].tolist()


def test_a_file_of_another_version_is_refused(tmp_path):
    pd.DataFrame({"model": ["x"]}).to_parquet(tmp_path / "old.parquet")
    with pytest.raises(ValueError, match="collect the results again"):
        results.read(tmp_path / "old.parquet")


def test_collecting_twice_gives_the_same_bytes(folder, study, tmp_path):
    for name in ("a", "b"):
        table = results.collect(study.manifest(), folder)
        results.write(table, tmp_path / f"{name}.parquet", tmp_path / f"{name}.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
