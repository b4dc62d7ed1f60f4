from dataclasses import replace

import pytest

import paper
import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.files import write_json

MAIN = TABLES["table01_main"]
# Tables of the paper that print an average, and their experiments.
AVERAGED = {
    "table02_location_llava": ("table2_location_llava", "Location"),
    "table03_data_scale": ("table3_data_scale", "Resource"),
    "table12_visual_encoder": ("table12_visual_encoder", "Visual encoder"),
    "table13_location_qwen": ("table13_location_qwen", "Location"),
}
SPREAD = {"table06_size": "table6_stability_size", "table14_learning_rate": "table14_stability_lr"}


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


def rows_of(table):
    return {labels: [cell.text for cell in cells] for labels, cells in table.rows}


def test_main_table_has_baselines_and_every_run(folder, study):
    table = tables.build(synthetic.collected(folder, study), MAIN)
    assert table.labels == ("Model", "Method", "Connector")
    assert table.columns == ("SQA (img)", "IconQA-txt", "OKVQA", "VQAv2", "Avg")
    assert len(table.rows) == 1 + 2 * (1 + 4 * 2)
    rows = rows_of(table)
    assert rows[("–", "best constant answer", "–")] == ["25.0"] * 5
    assert rows[("LLaVA-1.5-7B", "un-tuned base", "–")] == ["30.0", "30.0", "70.0", "70.0", "50.0"]
    tuned = rows[("LLaVA-1.5-7B", "LoRA", "tuned")]
    assert tuned == ["62.0", "62.0", "75.0", "75.0", "68.5"]


def test_rows_come_in_the_order_of_the_paper(folder, study):
    table = tables.build(synthetic.collected(folder, study), MAIN)
    names = [labels[1:] for labels, _ in table.rows[1:10]]
    methods = ("Adapter", "LoRA", "IA3", "Prefix")
    states = [(method, state) for method in methods for state in ("frozen", "tuned")]
    assert names == [("un-tuned base", "–"), *states]


def bold_in(table):
    return [labels for labels, cells in table.rows for cell in cells if cell.bold]


def test_best_of_each_column_is_bold_but_no_baseline(folder, study):
    table = tables.build(synthetic.collected(folder, study), MAIN)
    assert bold_in(table) == [("LLaVA-1.5-13B", "LoRA", "tuned")] * 5


def test_equal_numbers_are_equally_bold(tmp_path, study):
    def score(run):
        return 50.0 + run.init_seed / 1e4 + (run.method == "lora")

    folder = synthetic.write_records(tmp_path, study, score=score)
    bold = bold_in(tables.build(synthetic.collected(folder, study), MAIN))
    states = ("frozen", "tuned")
    best = {(model, "LoRA", state) for model in synthetic.MODELS.values() for state in states}
    assert set(bold) == best
    assert len(bold) == len(best) * 5


def test_nothing_is_bold_where_all_are_equal(tmp_path, study):
    folder = synthetic.write_records(tmp_path, study, score=lambda run: 50.0)
    assert bold_in(tables.build(synthetic.collected(folder, study), MAIN)) == []


def test_gaps_are_marked_named_and_spoil_the_average(folder, study):
    failed, missing = study.cells[0].run, study.cells[20].run
    synthetic.fail(folder, failed, "loss is not finite")
    (folder / "runs" / missing.id / "scores.json").unlink()
    table = tables.build(synthetic.collected(folder, study), MAIN)
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
    write_json(place / "scores.json", {"status": "oom", "reason": "out of memory"})
    table = tables.build(synthetic.collected(folder, study), MAIN)
    assert rows_of(table)[("LLaVA-1.5-7B", "un-tuned base", "–")][-2:] == ["70.0", "–"]
    assert any("out of memory" in note and "base" in note for note in table.notes)


def test_notes_say_what_stands_behind_the_labels(folder, study):
    notes = tables.build(synthetic.collected(folder, study), MAIN).notes
    assert "LLaVA-1.5-7B = mini-llava-7b" in notes[0]
    assert "Unseen: SQA (img), IconQA-txt." in notes
    assert "OKVQA (50 test items), VQAv2 (50 test items): vqa_score in percent." in notes
    assert "Runs per cell: n = 1." in notes


def test_best_of_the_whole_table_are_the_values_bold_in_the_paper():
    spec = replace(MAIN, baselines=False)
    table = tables.build(paper.collected("table1_main", "main"), spec)
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


@pytest.mark.parametrize("name", AVERAGED)
def test_tables_of_the_paper_have_the_averages_it_prints(name):
    source, heading = AVERAGED[name]
    spec = TABLES[name]
    table = tables.build(paper.collected(source, spec.experiment), spec)
    assert heading in table.labels
    printed = paper.printed(source).query("dataset == 'Avg'")["value"]
    shown = [cells[-1].number for _, cells in table.rows]
    # half a unit of the last printed digit, and a hair for sums that end in ...5
    assert shown == pytest.approx(list(printed), abs=0.0501)
    cells = paper.printed(source).query("dataset != 'Avg'")
    assert sum(len(line) - 1 for _, line in table.rows) == len(cells)


@pytest.mark.parametrize("name", SPREAD)
def test_tables_of_the_paper_have_the_spread_it_prints(name):
    spec = TABLES[name]
    table = tables.build(paper.collected(SPREAD[name], spec.experiment), spec)
    assert table.columns == ("SQA (img)", "OKVQA")
    shown = {
        (labels[1], labels[2], column): cell.text
        for labels, cells in table.rows
        for column, cell in zip(table.columns, cells, strict=True)
    }
    assert shown == {
        (line.method, _written(line.setting), line.dataset): f"{line.mean:.1f} ± {line.std:.2f}"
        for line in paper.printed(SPREAD[name]).itertuples()
    }


def _written(setting: float) -> str:
    """A size or learning rate as the paper prints it."""
    return str(setting) if setting >= 1 else f"{setting:.0e}".replace("e-0", "e-")


def test_rows_of_sweeps_come_in_the_order_of_the_paper(sweeps):
    rates = tables.build(sweeps, TABLES["table14_learning_rate"])
    assert [labels[1:] for labels, _ in rates.rows[:3]] == [
        ("Adapter", "2e-4"),
        ("Adapter", "5e-5"),
        ("Adapter", "1e-5"),
    ]
    scale = tables.build(sweeps, TABLES["table03_data_scale"])
    resources = list(dict.fromkeys(labels[1] for labels, _ in scale.rows))
    assert resources == ["Low (1k)", "Medium (5k)", "High (10k)"]
    places = tables.build(sweeps, TABLES["table13_location_qwen"])
    assert [labels for labels, _ in places.rows[:3]] == [
        ("Qwen-VL-Chat", "Adapter", "Attn"),
        ("Qwen-VL-Chat", "Adapter", "MLP"),
        ("Qwen-VL-Chat", "Adapter", "Both"),
    ]


def test_spread_is_the_sample_standard_deviation_over_seeds(sweeps):
    table = tables.build(sweeps, TABLES["table06_size"])
    cell = dict(table.rows)[("LLaVA-1.5-7B", "LoRA", "64")][0]
    # base 30 + LoRA 30 + connector 2; seeds 21, 42, 63 move it by -0.5, 0, +0.5
    assert (cell.text, cell.number, cell.sd, cell.n) == ("62.0 ± 0.50", 62.0, 0.5, 3)
    assert "Runs per cell: n = 3." in table.notes


def test_a_missing_seed_is_a_gap_and_no_smaller_mean(sweeps):
    results = sweeps.results.copy()
    one = results.index[(results["experiment"] == "size") & (results["size_label"] == 64)][0]
    results.loc[one, ["status", "value"]] = ["missing", float("nan")]
    table = tables.build(replace(sweeps, results=results), TABLES["table06_size"])
    cell = dict(table.rows)[("LLaVA-1.5-7B", "LoRA", "64")][0]
    assert (cell.text, cell.gap, cell.number) == ("missing", True, None)


def test_one_run_has_no_spread(sweeps):
    results = sweeps.results[sweeps.results["seed"].isna() | (sweeps.results["seed"] == 42)]
    table = tables.build(replace(sweeps, results=results), TABLES["table06_size"])
    assert dict(table.rows)[("LLaVA-1.5-7B", "LoRA", "64")][0].text == "62.0 ± –"


def test_best_is_bold_for_each_value_of_the_axes_declared(sweeps):
    table = tables.build(sweeps, TABLES["table03_data_scale"])
    bold = {labels[1:] for labels, cells in table.rows for cell in cells if cell.bold}
    assert bold == {(resource, "LoRA") for resource in ("Low (1k)", "Medium (5k)", "High (10k)")}
    told = "Bold: best fine-tuned score of a column for each resource, unless all are equal."
    assert told in table.notes


def test_notes_say_which_values_stand_behind_scaled_labels(sweeps):
    notes = tables.build(sweeps, TABLES["table06_size"]).notes
    assert (
        "Size: the paper's labels; used here: Adapter 128 = 8, 256 = 16; LoRA 64 = 4, 128 = 8; "
        "Prefix 10 = 4, 20 = 8."
    ) in notes
    notes = tables.build(sweeps, TABLES["table03_data_scale"]).notes
    assert (
        "Resource: the paper's labels; used here: Low (1k) = 20, Medium (5k) = 40, "
        "High (10k) = 80 or 60."
    ) in notes
    notes = tables.build(sweeps, TABLES["table14_learning_rate"]).notes
    assert not any("Learning rate:" in note for note in notes)
