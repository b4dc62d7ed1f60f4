import json

import pytest

import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.files import write_json
from mmpeft.tables.cost import COLUMNS

COST, MEASURED = TABLES["table15_cost"], TABLES["table15_measured"]
LINE = ("LLaVA-1.5-7B", "IA3", "frozen")


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


@pytest.fixture
def run(study):
    """One of the runs behind LINE."""
    cells = (cell for cell in study.cells if cell.experiment == "main")
    return next(
        cell.run
        for cell in cells
        if (cell.labels.model, cell.labels.method, cell.labels.connector) == LINE
    )


def build(folder, study, spec):
    return tables.build(synthetic.collected(folder, study), spec)


def cells_of(table, label=LINE):
    return dict(zip(table.columns, dict(table.rows)[label], strict=True))


def texts_of(table, label=LINE):
    return {name: cell.text for name, cell in cells_of(table, label).items()}


def change(folder, run, file="train.json", **values):
    path = folder / "runs" / run.id / file
    write_json(path, json.loads(path.read_text()) | values)


def test_every_column_is_shown():
    assert {*COST.columns, *MEASURED.columns} == set(COLUMNS)


def test_the_line_of_the_paper(folder, study):
    table = build(folder, study, COST)
    flops = (2 * 2_000_000 + 4 * 896) * 10_000
    assert texts_of(table) == {
        "Trainable": "896",
        "All": "2,000,896",
        "Trainable (%)": "0.045",
        "Training FLOPs": f"{flops:.3e}",
        "Inference FLOPs": f"{2 * (2_000_896 - 27_000 + 6 * 128 * 5_000):.3e}",
        # 30 + 10 on two unseen sets, 70 + 1 on two seen ones
        "Average score": "55.5",
    }
    assert texts_of(table, ("LLaVA-1.5-7B", "IA3", "tuned"))["Trainable"] == "3,896"
    assert len(table.rows) == 2 * 4 * 2


def test_times_are_means_rates_are_totals_and_memory_is_the_largest(folder, study, run):
    change(folder, run, seconds=16.0, samples_per_second=25.0, peak_memory_bytes=1_000_000_000)
    texts = texts_of(build(folder, study, MEASURED))
    assert texts["Training (s)"] == "7.0"
    # three trainings of 300 samples and one of 400, in 28 s
    assert texts["Training samples/s"] == f"{1300 / 28:.1f}"
    assert texts["Training memory (GB)"] == "1.00"
    assert (texts["Test (s)"], texts["Test samples/s"]) == ("2.0", "25.0")


def test_gpu_memory_is_shown_where_there_is_a_gpu(folder, study):
    assert not any("GPU" in name for name in build(folder, study, MEASURED).columns)
    for one in study.runs:
        change(folder, one, peak_gpu_memory_bytes=2_000_000_000)
    table = build(folder, study, MEASURED)
    assert texts_of(table)["Training GPU memory (GB)"] == "2.00"
    assert "Test GPU memory (GB)" not in table.columns


def test_hardware_and_resumed_trainings_are_told(folder, study, run):
    change(folder, run, resumed_from_step=3)
    notes = build(folder, study, MEASURED).notes
    assert "Trained on: Processor of a test, 1 thread." in notes
    assert any(note.startswith("Resumed trainings: 1;") for note in notes)


def test_different_micro_batches_are_told(folder, study, run):
    assert not any("micro-batches" in note for note in build(folder, study, MEASURED).notes)
    change(folder, run, micro_batch_sizes=[16, 8])
    notes = build(folder, study, MEASURED).notes
    assert any(note.startswith("Trained with micro-batches of 8 or 16: ") for note in notes)
    assert not any("micro-batches" in note for note in build(folder, study, COST).notes)


def test_a_failed_run_leaves_counts_and_no_means(folder, study, run):
    synthetic.fail(folder, run, "out of memory")
    cells = cells_of(build(folder, study, COST))
    assert cells["Trainable"].text == "896"
    for name in ("Training FLOPs", "Inference FLOPs", "Average score"):
        assert (cells[name].text, cells[name].gap) == ("failed", True)
    table = build(folder, study, MEASURED)
    assert set(texts_of(table).values()) == {"failed"}
    assert any("15 of 16 lines are complete" in note for note in table.notes)


def test_a_missing_run_leaves_no_means(folder, study, run):
    (folder / "runs" / run.id / "scores.json").unlink()
    assert texts_of(build(folder, study, COST))["Average score"] == "missing"


def test_parameters_that_differ_between_runs_are_an_error(folder, study):
    data = synthetic.collected(folder, study)
    data.results.loc[data.results.index[0], "trainable_parameters"] += 1
    with pytest.raises(ValueError, match="parameter counts differ"):
        tables.build(data, COST)


def test_a_study_that_has_not_run_has_gaps_only(nothing):
    for spec in (COST, MEASURED):
        table = tables.build(nothing, spec)
        assert all(cell.text == "missing" for _, cells in table.rows for cell in cells)
