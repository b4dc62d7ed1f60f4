import pytest

import paper
import synthetic
import synthetic_evaluations
from mmpeft import tables
from mmpeft.artefacts import TABLES

SPEC = TABLES["statistics_scores"]


def lines(table):
    return {labels: dict(zip(table.columns, cells, strict=True)) for labels, cells in table.rows}


@pytest.fixture
def data(tmp_path):
    study = synthetic.study()
    return synthetic.collected(synthetic.write_records(tmp_path, study), study)


def test_every_cell_of_every_experiment_is_there(data):
    table = tables.build(data, SPEC)
    assert table.labels == ("Experiment", "Model", "Method", "Data set", "Setting")
    assert len(table.rows) == 2 * 4 * 2 * 4 + 4 * 2
    one = lines(table)["main", "LLaVA-1.5-7B", "LoRA", "OKVQA", "connector tuned"]
    assert one["Mean"].number == pytest.approx(70 + 3 + 2)
    assert one["sd"].text == "n/a (n=1)"
    assert (one["Runs"].number, one["Items"].number) == (1, synthetic.N_ITEMS)
    assert one["95 % CI from"].number < 75 < one["to"].number


def test_several_seeds_have_a_standard_deviation_and_a_wider_interval(data):
    table = tables.build(data, SPEC)
    several = lines(table)["seed_noise", "LLaVA-1.5-7B", "LoRA", "OKVQA", ""]
    assert several["Runs"].number == 3
    assert several["sd"].number == pytest.approx(0.5)  # of -0.5, 0 and 0.5
    single = lines(table)["main", "LLaVA-1.5-7B", "LoRA", "OKVQA", "connector tuned"]
    width = [one["to"].number - one["95 % CI from"].number for one in (single, several)]
    assert width[1] > 1.5 * width[0]


def test_evaluations_are_told_apart_by_target_and_epoch(tmp_path):
    study = synthetic_evaluations.study()
    folder = synthetic_evaluations.write_records(tmp_path / "results", study)
    synthetic_evaluations.fail(folder, study.measurements[4], "no clean caption")
    found = lines(tables.build(synthetic.collected(folder, study), SPEC))
    place = "evaluation: transfer", "LLaVA-1.5-7B", "LoRA", "SQA (img)"
    assert found[*place, "tested on OKVQA, epoch 3"]["Mean"].number == pytest.approx(53)
    failed = [cells for labels, cells in found.items() if cells["Mean"].text == "failed"]
    assert len(failed) == 2
    assert all(cells["to"].gap for cells in failed)


def test_means_that_are_reported_have_n_but_no_interval():
    table = tables.build(paper.collected("table6_stability_size", "size"), SPEC)
    one = lines(table)["size", "LLaVA-1.5-7B", "LoRA", "OKVQA", "size 128"]
    assert (one["Mean"].text, one["sd"].text, one["Runs"].number) == ("56.60", "0.12", 3)
    assert one["to"].text == "n/a (no item scores)"
