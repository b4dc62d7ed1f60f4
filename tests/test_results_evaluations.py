import json

import pandas as pd
import pytest

import synthetic
import synthetic_evaluations
from mmpeft import results, verification
from mmpeft.datasets.mini.mmhal import TYPES
from mmpeft.files import write_json


@pytest.fixture
def study():
    return synthetic_evaluations.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic_evaluations.write_records(tmp_path / "results", study)


def collected(study, folder):
    table = results.collect(study.manifest(), folder)
    return table[table["kind"] == "evaluation"]


def of(table, name):
    return table[(table["evaluation"] == name) & table["headline"]]


def test_one_row_per_measurement_epoch_and_metric(study, folder):
    table = collected(study, folder)
    counts = table.groupby(["evaluation", "metric"]).size().to_dict()
    assert counts == {
        ("captions", "hallucinated_captions"): 2 * 2,
        ("captions", "captions_naming_nothing"): 2 * 2,
        ("mmhal", "mmhal_score"): 1,
        ("mmhal", "mmhal_hallucination_rate"): 1,
        **{("mmhal", f"mmhal_{kind}"): 1 for kind in TYPES},
        ("transfer", "option_accuracy"): 2 * 2,
        ("transfer", "vqa_score"): 2 * 2,
    }


def test_a_row_says_what_was_trained_on_what_was_measured_and_when(study, folder):
    table = of(collected(study, folder), "transfer")
    rows = table[table["target"] == "mini-okvqa"]
    assert set(rows["dataset"]) == {"mini-scienceqa"}
    assert set(rows["dataset_label"]) == {"SQA (img)"}
    assert set(rows["target_label"]) == {"OKVQA"}
    assert set(rows["experiment"]) == {"long"}
    assert set(rows["epochs"]) == {4}
    places = rows.sort_values(["run", "epoch"])[["epoch_place", "epoch", "value"]]
    assert places.to_numpy().tolist() == [[1, 2, 52], [2, 3, 53]] * 2


def test_other_rows_have_none_of_it(study, folder):
    table = results.collect(study.manifest(), folder)
    others = table[table["kind"] != "evaluation"]
    for column in ("evaluation", "target", "target_label", "epoch", "epoch_place"):
        assert others[column].isna().all()


def test_rows_agree_with_their_records(study, folder):
    table = results.collect(study.manifest(), folder)
    rows = table[table["kind"] == "evaluation"]
    assert verification.score_mismatches(rows, folder) == []
    table.loc[rows.index[0], "value"] += 1
    (record, items) = verification.score_mismatches(table.loc[rows.index], folder)
    assert "has value" in record
    assert "on average" in items


def test_an_epoch_that_is_gone_from_the_record_is_found(study, folder):
    table = collected(study, folder)
    path = synthetic_evaluations.place(folder, study.measurements[0]) / "scores.json"
    record = json.loads(path.read_text())
    write_json(path, record | {"epochs": record["epochs"][:1]})
    found = verification.score_mismatches(table, folder)
    assert any("no score 'vqa_score' in the record" in fault for fault in found)


def test_a_failed_training_gives_a_gap_for_each_epoch(study, folder):
    transfer, *_, captions, _, _ = study.measurements
    for one in (transfer, captions):
        synthetic.fail(folder, one.cell.run, "out of memory")
    table = collected(study, folder)
    rows = table[table["status"] == "failed"]
    # The run of the captions is also measured by one transfer.
    assert rows["evaluation"].value_counts().to_dict() == {"transfer": 4, "captions": 2}
    assert set(rows["reason"]) == {"out of memory"}
    assert rows["value"].isna().all()
    assert rows["headline"].all()
    assert of(rows, "transfer")["epoch"].isna().all()
    assert set(of(rows, "transfer")["epoch_place"]) == {1, 2}
    assert of(rows, "captions")["epoch"].tolist() == [2, 4]


def test_a_failed_choice_of_images_gives_a_gap_too(study, folder):
    captions = study.measurements[4]
    synthetic_evaluations.fail(folder, captions, "no clean caption")
    rows = of(collected(study, folder), "captions")
    failed = rows[rows["status"] == "failed"]
    assert failed["reason"].tolist() == ["no clean caption"] * 2
    assert (rows["status"] == "ok").sum() == 2


def unjudged(folder, measurement, epoch, kept):
    """Take from one epoch of a record all scores but those `kept`, as if nobody had judged it."""
    path = synthetic_evaluations.place(folder, measurement) / "scores.json"
    record = json.loads(path.read_text())
    (of_epoch,) = [one for one in record["epochs"] if one["epoch"] == epoch]
    of_epoch["scores"] = {name: of_epoch["scores"][name] for name in kept}
    of_epoch["reason"] = "2 of 6 captions are not judged yet"
    write_json(path, record)


def test_an_epoch_that_is_not_judged_is_a_gap_with_its_other_scores(study, folder):
    measurement = study.measurements[4]
    unjudged(folder, measurement, 2, ["captions_naming_nothing"])
    table = collected(study, folder)
    rows = table[(table["run"] == measurement.cell.run.id) & (table["evaluation"] == "captions")]
    shown = rows[["epoch", "metric", "status", "headline"]].to_numpy().tolist()
    assert shown == [
        [2, "hallucinated_captions", "failed", True],
        [2, "captions_naming_nothing", "ok", False],
        [4, "hallucinated_captions", "ok", True],
        [4, "captions_naming_nothing", "ok", False],
    ]
    assert rows["reason"].tolist() == ["2 of 6 captions are not judged yet", "", "", ""]
    assert verification.score_mismatches(table, folder) == []


def test_a_record_without_its_main_score_and_without_a_reason_is_refused(study, folder):
    measurement = study.measurements[4]
    unjudged(folder, measurement, 2, [])
    path = synthetic_evaluations.place(folder, measurement) / "scores.json"
    record = json.loads(path.read_text())
    del record["epochs"][0]["reason"]
    write_json(path, record)
    with pytest.raises(ValueError, match="no score 'hallucinated_captions', the headline"):
        results.collect(study.manifest(), folder)


def test_answers_without_a_grade_are_in_no_mean(study, folder):
    measurement = study.measurements[-1]
    place = synthetic_evaluations.place(folder, measurement)
    record = json.loads((place / "scores.json").read_text())
    items = pd.read_parquet(place / "predictions.parquet")
    items.loc[0, "score"] = None
    items.to_parquet(place / "predictions.parquet")
    record["epochs"][0]["scores"]["mmhal_score"]["n"] = len(items) - 1
    write_json(place / "scores.json", record)
    assert verification.score_mismatches(collected(study, folder), folder) == []


def test_what_is_not_there_yet_is_missing(study, folder):
    captions = study.measurements[4]
    (synthetic_evaluations.place(folder, captions) / "scores.json").unlink()
    rows = of(collected(study, folder), "captions")
    assert (rows["status"] == "missing").sum() == 2
    assert verification.score_mismatches(rows, folder) == []


def test_cost_by_the_formulas_of_the_paper(study, folder):
    table = results.collect(study.manifest(), folder)
    run = table[table["kind"] == "run"].iloc[0]
    trained, total = run["trainable_parameters"], run["total_parameters"]
    assert run["train_flops"] == (2 * (total - trained) + 4 * trained) * 10_000
    assert run["inference_flops"] == 2 * (total - 27_000 + 6 * 128 * 5_000)
    assert (run["train_input_tokens"], run["train_answer_tokens"]) == (9_000, 1_000)
    assert (run["test_input_tokens"], run["test_generated_tokens"]) == (4_500, 500)
    assert run["test_seconds"] == 2.0
    measured = table[table["kind"] == "evaluation"].iloc[0]
    assert measured["test_input_tokens"] == 400
    assert measured["test_samples_per_second"] == 3.0
    assert measured["test_peak_memory_bytes"] == run["train_peak_memory_bytes"] == 800_000_000
    assert measured["test_hardware"] == "Processor of a test, 1 thread"
    assert measured["train_flops"] > 0
    base = table[table["kind"] == "base"].iloc[0]
    assert base["test_input_tokens"] == 4_500
    assert pd.isna(base["inference_flops"])
    assert table.loc[table["kind"] == "constant", "test_seconds"].isna().all()


def test_a_training_that_failed_early_has_no_flops(study, folder):
    synthetic.fail(folder, study.runs[0], "out of memory")
    table = results.collect(study.manifest(), folder)
    row = table[table["run"] == study.runs[0].id].iloc[0]
    assert pd.isna(row["train_flops"])


def test_a_resumed_training_took_as_long_as_its_rate_says(study, folder):
    path = folder / "runs" / study.runs[0].id / "train.json"
    part = {"seconds": 1.0, "samples_per_second": 50.0, "resumed_from_step": 3}
    write_json(path, json.loads(path.read_text()) | part)
    table = results.collect(study.manifest(), folder)
    row = table[table["run"] == study.runs[0].id].iloc[0]
    assert (row["train_seconds"], row["train_resumed_from_step"]) == (300 / 50, 3)
