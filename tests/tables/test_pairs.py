import numpy as np
import pytest

import paper
import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.statistics import mcnemar
from mmpeft.tables import formats

SPEC = TABLES["statistics_comparisons"]
LINE = ("LLaVA-1.5-7B", "tuned")


def collected(folder, seeds=(42,)):
    """Items of choices are right or wrong; LoRA answers 40 of 50 rightly, Prefix 10 of them."""
    study = synthetic.study(seeds=seeds)
    data = synthetic.collected(synthetic.write_records(folder, study), study)
    table = data.items
    number = table["id"].astype(str).astype(int)
    right = {"lora": 40, "adapter": 38, "ia3": 36, "prefix": 10}
    for method, count in right.items():
        own = table["scores_record"].astype(str).str.contains(f"/{method}")
        table.loc[own, "score"] = np.where(number[own] < count, 100.0, 0.0).astype("float32")
    means = table.groupby("scores_record", observed=True)["score"].mean()
    runs = (data.results["kind"] == "run") & data.results["headline"]
    data.results.loc[runs, "value"] = data.results.loc[runs, "scores_record"].map(means)
    return data


@pytest.fixture
def table(tmp_path):
    return tables.build(collected(tmp_path), SPEC)


def cells(table, pair, line=LINE):
    found = dict(table.rows)[*line, pair]
    return dict(zip(table.columns, found, strict=True))


def test_every_pair_is_compared_on_each_data_set_and_on_average(table):
    assert table.labels == ("Model", "Connector", "Methods")
    assert table.columns == ("SQA (img)", "IconQA-txt", "OKVQA", "VQAv2", "Avg")
    assert len(table.rows) == 2 * 2 * 6
    assert {labels[2] for labels, _ in table.rows if labels[:2] == LINE} >= {
        "Adapter − LoRA",
        "IA3 − Prefix",
    }


def test_accuracies_of_single_runs_are_compared_by_mcnemar_and_all_tests_are_corrected(table):
    shown = cells(table, "LoRA − Prefix")["SQA (img)"]
    won = np.arange(50) < 40, np.arange(50) < 10
    # 2 x 2 x 6 x 5 tests; of those with the same p the first is multiplied by the most
    assert mcnemar(*won) < shown.p < 120 * mcnemar(*won) * (1 + 1e-9)
    assert shown.bold
    assert shown.low < shown.number < shown.high
    weak = cells(table, "Adapter − LoRA")["SQA (img)"]
    assert not weak.bold
    assert any("all 120 tests" in note for note in table.notes)


def test_holm_is_over_the_whole_table(tmp_path):
    data = collected(tmp_path)
    whole = [cell.p for _, line in tables.build(data, SPEC).rows for cell in line]
    only = data.results["model"] != "mini-llava-13b"
    half = type(data)(data.results[only], data.losses, data.study, items=data.items)
    part = [cell.p for _, line in tables.build(half, SPEC).rows for cell in line]
    assert len(part) == len(whole) / 2
    assert min(part) == pytest.approx(min(whole) / 2, rel=0.05)


def test_several_seeds_are_compared_by_the_bootstrap(tmp_path):
    data = collected(tmp_path, seeds=(21, 42))
    line = cells(tables.build(data, SPEC), "LoRA − Prefix")
    # two seeds that do not differ add nothing: the t of 50 items is 8.6
    assert 1e-9 < line["SQA (img)"].p < 1e-6
    assert line["SQA (img)"].bold
    assert line["Avg"].bold


def test_a_gap_leaves_the_comparison_and_the_average_open(tmp_path):
    study = synthetic.study()
    folder = synthetic.write_records(tmp_path, study)
    gone = "mini-llava-7b/mini-scienceqa/lora-both-r128/connector-tuned"
    run = next(run for run in study.runs if run.id.startswith(gone) and run.init_seed == 42)
    synthetic.fail(folder, run, "out of memory")
    table = tables.build(synthetic.collected(folder, study), SPEC)
    shown = cells(table, "LoRA − Prefix")
    assert [name for name, cell in shown.items() if cell.gap] == ["SQA (img)", "Avg"]
    assert any("out of memory" in note for note in table.notes)


def test_reported_numbers_have_differences_without_intervals():
    table = tables.build(paper.collected("table1_main", "main"), SPEC)
    shown = cells(table, "Adapter − LoRA")["SQA (img)"]
    assert shown.text == "-1.8 n/a (no item scores)"
    assert (shown.p, shown.bold) == (None, False)


def test_one_method_has_nothing_to_be_compared_with():
    data = paper.collected("table1_main", "main")
    one = data.results[data.results["method_label"] == "LoRA"]
    table = tables.build(type(data)(one, data.losses, data.study), SPEC)
    assert table.rows == ()
    assert all("LoRA −" not in writer(table) for writer in formats.WRITERS.values())
