import math
from pathlib import Path

import pytest

import paper
import synthetic
from mmpeft import aggregation, results

BY = ["model_label", "method_label", "connector_label", "dataset_label"]


@pytest.fixture
def study():
    return synthetic.study(seeds=(21, 42, 63))


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


def cells(folder, study):
    table = results.collect(study.manifest(), folder)
    return aggregation.cells(aggregation.headline_scores(table, "run", "main"), BY)


def test_a_cell_is_the_mean_of_its_runs(folder, study):
    table = cells(folder, study)
    assert (table["runs"] == 3).all()
    line = table.set_index(BY).loc[("LLaVA-1.5-13B", "LoRA", "tuned", "SQA (img)")]
    # 30 + 4 for the model + 30 for LoRA + 2 for the connector; seeds -0.5, 0, +0.5
    assert line["value"] == pytest.approx(66.0)


def test_a_cell_with_a_gap_has_no_value(folder, study):
    failed, missing = (cell.run for cell in (study.cells[0], study.cells[-30]))
    synthetic.fail(folder, failed, "out of memory")
    table = cells(folder, study).set_index("status")
    assert math.isnan(table.loc["failed", "value"])
    assert table.loc["failed", "reason"] == "out of memory"
    (folder / "runs" / missing.id / "scores.json").unlink()
    table = cells(folder, study)
    gaps = table[table["value"].isna()]
    assert set(gaps["status"]) == {"failed", "missing"}
    means = aggregation.averages(table, BY[:3])
    assert means["value"].isna().sum() == 2


def test_coverage_counts_and_names_every_gap(folder, study):
    synthetic.fail(folder, study.cells[0].run, "out of memory")
    told = aggregation.coverage(cells(folder, study), BY)
    assert told == [
        "Coverage: 63 of 64 cells are scored.",
        "Failed (1): LLaVA-1.5-7B / Adapter / frozen / SQA (img) (out of memory).",
    ]


def test_labels_keep_the_order_of_the_paper(folder, study):
    table = cells(folder, study)
    assert list(dict.fromkeys(table["method_label"])) == ["Adapter", "LoRA", "IA3", "Prefix"]
    assert list(dict.fromkeys(table["connector_label"])) == ["frozen", "tuned"]


def test_an_experiment_without_rows_is_an_error(folder, study):
    table = results.collect(study.manifest(), folder)
    with pytest.raises(ValueError, match="'location'"):
        aggregation.headline_scores(table, "run", "location")


def test_averages_of_the_paper_are_those_it_prints():
    rows = aggregation.headline_scores(paper.results(), "run", "main")
    means = aggregation.averages(aggregation.cells(rows, BY), BY[:3])
    assert (means["cells"] == 8).all()
    printed = paper.printed().query("dataset == 'Avg'")
    keys = ["model", "method", "connector"]
    expected = printed.set_index(keys)["value"]
    for line in means.itertuples():
        place = (line.model_label, line.method_label, line.connector_label)
        # half a unit of the last printed digit, and a hair for sums that end in ...5
        assert line.value == pytest.approx(expected[place], abs=0.0501)


def test_a_cell_does_not_mix_settings(folder, study):
    table = results.collect(study.manifest(), folder)
    rows = aggregation.headline_scores(table, "run", "main")
    with pytest.raises(ValueError, match="differ in connector"):
        aggregation.cells(rows, ["model_label", "method_label", "dataset_label"])


def test_a_cell_tells_the_spread_of_its_runs(folder, study):
    table = cells(folder, study)
    # seeds move the score by -0.5, 0 and +0.5
    assert table["sd"].tolist() == pytest.approx([0.5] * len(table))


def test_many_missing_cells_are_counted_and_not_named(study):
    nothing = results.collect(study.manifest(), Path("nowhere"))
    table = aggregation.cells(aggregation.headline_scores(nothing, "run", "main"), BY)
    assert aggregation.coverage(table, BY) == [
        "Coverage: 0 of 64 cells are scored.",
        "Missing: 64 cells, not run yet.",
    ]


def test_whole_test_scores_take_the_place_of_headlines_where_they_differ(folder, study):
    table = results.collect(study.manifest(), folder)
    headline = aggregation.headline_scores(table, "run", "main")
    whole = aggregation.whole_test_scores(table, "main")
    assert list(whole["run"]) == list(headline["run"])
    differs = (whole["value"].to_numpy() != headline["value"].to_numpy()).tolist()
    assert differs == (headline["dataset"] == "mini-scienceqa").tolist()
    assert set(whole.loc[whole["dataset"] == "mini-scienceqa", "n"]) == {55}
    failed = study.cells[0].run
    synthetic.fail(folder, failed, "out of memory")
    rows = aggregation.whole_test_scores(results.collect(study.manifest(), folder), "main")
    assert rows.loc[rows["run"] == failed.id, "status"].tolist() == ["failed"]


def test_runs_with_the_settings_of_another_experiment(sweeps):
    rows = aggregation.headline_scores(sweeps.results, "run", "learning_rate")
    shared = aggregation.with_settings_of(rows, sweeps.results, "main")
    # one of three rates, for four methods, two data sets and three seeds
    assert len(rows) == 3 * len(shared) == 3 * 4 * 2 * 3
    rates = shared.groupby("method", observed=True)["learning_rate"].unique()
    assert {method: list(found) for method, found in rates.items()} == {
        method: [values["learning_rate"]] for method, values in synthetic.METHODS.items()
    }
