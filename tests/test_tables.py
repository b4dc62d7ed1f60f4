from dataclasses import replace

import pytest

import paper
import synthetic
from mmpeft import results, tables
from mmpeft.artefacts import TABLES

MAIN = TABLES["table01_main"]
PARAMETERS = TABLES["table15_parameters"]


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


def rows_of(table):
    return {labels: [cell.text for cell in cells] for labels, cells in table.rows}


def test_main_table_has_baselines_and_every_run(folder, study):
    table = tables.build(results.collect(study.manifest(), folder), MAIN)
    assert table.labels == ("Model", "Method", "Connector")
    assert table.columns == ("SQA (img)", "IconQA-txt", "OKVQA", "VQAv2", "Avg")
    assert len(table.rows) == 1 + 2 * (1 + 4 * 2)
    rows = rows_of(table)
    assert rows[("–", "best constant answer", "–")] == ["25.0"] * 5
    assert rows[("LLaVA-1.5-7B", "un-tuned base", "–")] == ["30.0", "30.0", "70.0", "70.0", "50.0"]
    tuned = rows[("LLaVA-1.5-7B", "LoRA", "tuned")]
    assert tuned == ["62.0", "62.0", "75.0", "75.0", "68.5"]


def test_rows_come_in_the_order_of_the_paper(folder, study):
    table = tables.build(results.collect(study.manifest(), folder), MAIN)
    names = [labels[1:] for labels, _ in table.rows[1:10]]
    methods = ("Adapter", "LoRA", "IA3", "Prefix")
    states = [(method, state) for method in methods for state in ("frozen", "tuned")]
    assert names == [("un-tuned base", "–"), *states]


def test_best_of_each_model_is_bold_but_no_baseline(folder, study):
    table = tables.build(results.collect(study.manifest(), folder), MAIN)
    bold = [labels for labels, cells in table.rows for cell in cells if cell.bold]
    assert set(bold) == {(model, "LoRA", "tuned") for model in synthetic.MODELS.values()}
    assert len(bold) == 2 * 5


def test_equal_numbers_are_equally_bold(tmp_path, study):
    folder = synthetic.write_records(tmp_path, study, score=lambda run: 50.0 + run.init_seed / 1e4)
    table = tables.build(results.collect(study.manifest(), folder), MAIN)
    tuned = [cells for labels, cells in table.rows if labels[2] != "–"]
    assert all(cell.bold for cells in tuned for cell in cells)


def test_gaps_are_marked_named_and_spoil_the_average(folder, study):
    failed, missing = study.cells[0].run, study.cells[20].run
    synthetic.fail(folder, failed, "loss is not finite")
    (folder / "runs" / missing.id / "scores.json").unlink()
    table = tables.build(results.collect(study.manifest(), folder), MAIN)
    gaps = [cells for _, cells in table.rows if any(cell.number is None for cell in cells)]
    assert sorted(cell.text for cells in gaps for cell in cells if cell.number is None) == [
        "failed",
        "missing",
        "–",
        "–",
    ]
    assert all(cells[-1].text == "–" for cells in gaps)
    notes = " ".join(table.notes)
    assert "62 of 64 cells" in notes
    assert "loss is not finite" in notes


def test_a_failed_baseline_is_told(folder, study):
    place = folder / "baselines/base/mini-llava-7b/mini-okvqa"
    synthetic.write_json(place / "scores.json", {"status": "failed", "reason": "out of memory"})
    table = tables.build(results.collect(study.manifest(), folder), MAIN)
    assert rows_of(table)[("LLaVA-1.5-7B", "un-tuned base", "–")][-2:] == ["70.0", "–"]
    assert any("out of memory" in note and "base" in note for note in table.notes)


def test_notes_say_what_stands_behind_the_labels(folder, study):
    notes = tables.build(results.collect(study.manifest(), folder), MAIN).notes
    assert "LLaVA-1.5-7B = mini-llava-7b" in notes[0]
    assert "Unseen: SQA (img), IconQA-txt." in notes
    assert "OKVQA, VQAv2: vqa_score in percent." in notes
    assert "Runs per cell: n = 1." in notes


def test_parameters_are_counted_once_per_line(folder, study):
    table = tables.build(results.collect(study.manifest(), folder), PARAMETERS)
    rows = rows_of(table)
    assert rows[("LLaVA-1.5-7B", "IA3", "frozen")] == ["896", "2,000,896", "0.045"]
    assert rows[("LLaVA-1.5-7B", "IA3", "tuned")][0] == "3,896"


def test_parameters_that_differ_between_runs_are_an_error(folder, study):
    table = results.collect(study.manifest(), folder)
    table.loc[table.index[0], "trainable_parameters"] += 1
    with pytest.raises(ValueError, match="parameter counts differ"):
        tables.build(table, PARAMETERS)


def test_best_of_the_whole_table_are_the_values_bold_in_the_paper():
    spec = replace(MAIN, best_within=(), baselines=False)
    table = tables.build(paper.results(), spec)
    best = {
        column: {cells[index].text for _, cells in table.rows if cells[index].bold}
        for index, column in enumerate(table.columns)
    }
    assert best == {
        "SQA (img)": {"87.8"},
        "VizWiz": {"70.6"},
        "IconQA-txt": {"92.4"},
        "IconQA-blank": {"90.6"},
        "Flickr30k": {"95.6"},
        "OKVQA": {"64.7"},
        "OCRVQA": {"71.4"},
        "VQAv2": {"79.8"},
        "Avg": {"78.5"},
    }
