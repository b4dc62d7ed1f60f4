from dataclasses import replace

import pytest

import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES

HEADLINE = TABLES["headline"]
# Table 1, Adapter with a frozen connector: the average of each model, and Flickr30k.
PRINTED = (74.6, 77.2, 77.6, 77.3), (91.1, 94.0, 95.6, 86.4)


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


def test_the_average_without_captions_stands_beside_that_of_the_paper(reported):
    table = tables.build(reported, HEADLINE)
    assert table.columns[-2:] == ("Avg", "Avg without Flickr30k")
    found = lines(reported)[("Adapter", "frozen")]
    # 74.6, 77.2, 77.6 and 77.3; without 91.1, 94.0, 95.6 and 86.4
    assert found["Avg"].number == pytest.approx(76.65, abs=0.05)
    seven = [(8 * average - caption) / 7 for average, caption in zip(*PRINTED, strict=True)]
    assert found["Avg without Flickr30k"].number == pytest.approx(sum(seven) / 4, abs=0.06)
    assert any("mix Flickr30k in CIDEr x 100" in note for note in table.notes)


def test_without_captions_nothing_stands_beside_the_average(data):
    table = tables.build(data, HEADLINE)
    assert table.columns[-1] == "Avg"
    assert not any("CIDEr" in note for note in table.notes)


def test_a_gap_goes_through_to_the_last_column(data):
    results = data.results.copy()
    lost = (results["experiment"] == "main") & (results["method"] == "lora")
    lost &= (results["dataset"] == "mini-okvqa") & (results["model"] == "mini-llava-7b")
    results.loc[lost, ["status", "value"]] = ["missing", float("nan")]
    cells = lines(replace(data, results=results))[("LoRA", "tuned")]
    assert [name for name, cell in cells.items() if cell.gap] == ["LLaVA-1.5-7B", "Avg"]
