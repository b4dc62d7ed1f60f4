import math
from dataclasses import replace

import pandas as pd
import pytest

import paper
import synthetic
from drawn import texts_of
from mmpeft import aggregation, figures
from mmpeft.artefacts import FIGURES
from mmpeft.figures.seen_unseen import base_means

FIGURE_2 = FIGURES["figure02_seen_unseen"]


@pytest.fixture
def data(tmp_path):
    study = synthetic.study()
    return synthetic.collected(synthetic.write_records(tmp_path, study), study)


def bars_of(axes):
    return sorted(round(bar.get_height(), 6) for bar in axes.patches if bar.get_height() > 0)


def test_means_of_the_paper():
    table = aggregation.seen_unseen_means(paper.results(), "main")
    table = table[table["model_label"] == ""]
    values = table.set_index(["method_label", "seen", "connector_label"])["value"]
    # paper section 4.3: tuning the connector gives IA3 15.0 points on unseen sets
    gain = values["IA3", False, "tuned"] - values["IA3", False, "frozen"]
    assert gain == pytest.approx(15.04, abs=0.0051)
    expected = {
        ("Adapter", False, "frozen"): 82.33,
        ("Adapter", True, "tuned"): 66.20,
        ("LoRA", False, "tuned"): 82.86,
        ("LoRA", True, "frozen"): 67.21,
        ("Prefix", False, "tuned"): 65.62,
        ("Prefix", True, "tuned"): 67.92,
    }
    assert values[list(expected)].tolist() == pytest.approx(list(expected.values()), abs=0.0051)


def test_bars_show_the_means(data):
    figure = figures.build(data, FIGURE_2)
    tuned, frozen = figure.axes
    # base 32 (unseen) and 72 (seen) + method + 2 for a tuned connector
    assert bars_of(tuned) == [39.0, 44.0, 54.0, 64.0, 74.5, 75.0, 76.0, 77.0]
    assert bars_of(frozen) == [37.0, 42.0, 52.0, 62.0, 72.5, 73.0, 74.0, 75.0]
    assert tuned.get_ylim() == frozen.get_ylim()
    ticks = [tick.get_text() for tick in tuned.get_xticklabels()]
    assert ticks == ["Unseen\n(2 models × 2 data sets)", "Seen\n(2 models × 2 data sets)"]


def test_a_mean_with_a_gap_is_not_drawn(data):
    table = data.results
    place = (table["experiment"] == "main") & (table["method"] == "lora")
    chosen = table.index[place & (table["connector"] == "tuned") & ~table["seen"]][0]
    table.loc[chosen, ["status", "value"]] = ["failed", math.nan]
    figure = figures.build(data, FIGURE_2)
    assert bars_of(figure.axes[0]) == [39.0, 44.0, 54.0, 74.5, 75.0, 76.0, 77.0]
    assert texts_of(figure).count("gap") == 1


def test_a_connector_state_that_the_study_lacks_is_told(data):
    results = data.results[data.results["connector"] != "frozen"]
    figure = figures.build(replace(data, results=results), FIGURE_2)
    assert "not part of this study" in texts_of(figure)


def test_only_unseen_sets(data):
    figure = figures.build(replace(data, results=data.results[~data.results["seen"]]), FIGURE_2)
    assert bars_of(figure.axes[0]) == [39.0, 44.0, 54.0, 64.0]


def test_base_line_covers_the_cells_of_the_bars_only(data):
    """A base that another experiment asks for does not move the line."""
    table = data.results
    before = base_means(data, FIGURE_2)
    stranger = table[table["kind"] == "base"].head(1).assign(dataset="elsewhere", value=100.0)
    more = replace(data, results=pd.concat([table, stranger]))
    assert base_means(more, FIGURE_2) == before
    assert before == {False: 32.0, True: 72.0}
