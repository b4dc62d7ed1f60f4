from dataclasses import replace

import pytest

import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES

HEADLINE = TABLES["headline"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    study = synthetic.study()
    folder = synthetic.write_records(tmp_path_factory.mktemp("study"), study)
    return synthetic.collected(folder, study)


def lines(data):
    table = tables.build(data, HEADLINE)
    return {labels: dict(zip(table.columns, cells, strict=True)) for labels, cells in table.rows}


def test_averages_are_those_of_the_main_table(data):
    averages = {labels: cells[-1].text for labels, cells in tables.build(data, HEADLINE.of).rows}
    for (method, connector), cells in lines(data).items():
        for model in synthetic.MODELS.values():
            assert cells[model].text == averages[(model, method, connector)]


def test_the_last_column_is_over_models_and_the_best_tuned_one_is_bold(data):
    found = lines(data)
    assert next(iter(found)) == ("un-tuned base", "–")
    # 7B: (62 + 62 + 75 + 75) / 4; 13B: 4 more
    assert found[("LoRA", "tuned")]["Avg"].number == pytest.approx(68.5 + 2)
    bold = [labels for labels, cells in found.items() if cells["Avg"].bold]
    assert bold == [("LoRA", "tuned")]


def test_a_gap_goes_through_to_the_last_column(data):
    results = data.results.copy()
    lost = (results["experiment"] == "main") & (results["method"] == "lora")
    lost &= (results["dataset"] == "mini-okvqa") & (results["model"] == "mini-llava-7b")
    results.loc[lost, ["status", "value"]] = ["missing", float("nan")]
    cells = lines(replace(data, results=results))[("LoRA", "tuned")]
    assert [name for name, cell in cells.items() if cell.gap] == ["LLaVA-1.5-7B", "Avg"]
