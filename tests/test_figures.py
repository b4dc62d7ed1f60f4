import math

import pandas as pd
import pytest
from PIL import Image

import paper
import synthetic
from mmpeft import figures, results
from mmpeft.artefacts import FIGURE_FORMATS, FIGURES
from mmpeft.study.capabilities import CAPABILITIES

FIGURE_2 = FIGURES["figure02_seen_unseen"]


@pytest.fixture
def table(tmp_path):
    study = synthetic.study()
    return results.collect(study.manifest(), synthetic.write_records(tmp_path, study))


def bars_of(axes):
    return sorted(round(bar.get_height(), 6) for bar in axes.patches if bar.get_height() > 0)


def texts_of(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_means_of_the_paper():
    means = figures.seen_unseen_means(paper.results(), FIGURE_2)
    means = means[means["model_label"] == ""]
    values = means.set_index(["method_label", "seen", "connector_label"])["value"]
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


def test_bars_show_the_means(table):
    figure = figures.build(table, FIGURE_2)
    tuned, frozen = figure.axes
    # base 32 (unseen) and 72 (seen) + method + 2 for a tuned connector
    assert bars_of(tuned) == [39.0, 44.0, 54.0, 64.0, 74.5, 75.0, 76.0, 77.0]
    assert bars_of(frozen) == [37.0, 42.0, 52.0, 62.0, 72.5, 73.0, 74.0, 75.0]
    assert tuned.get_ylim() == frozen.get_ylim()
    ticks = [tick.get_text() for tick in tuned.get_xticklabels()]
    assert ticks == ["Unseen\n(2 models × 2 data sets)", "Seen\n(2 models × 2 data sets)"]


def test_a_mean_with_a_gap_is_not_drawn(table):
    place = (table["experiment"] == "main") & (table["method"] == "lora")
    chosen = table.index[place & (table["connector"] == "tuned") & ~table["seen"]][0]
    table.loc[chosen, ["status", "value"]] = ["failed", math.nan]
    figure = figures.build(table, FIGURE_2)
    assert bars_of(figure.axes[0]) == [39.0, 44.0, 54.0, 74.5, 75.0, 76.0, 77.0]
    assert texts_of(figure).count("gap") == 1


def test_a_connector_state_that_the_study_lacks_is_told(table):
    figure = figures.build(table[table["connector"] != "frozen"], FIGURE_2)
    assert "not part of this study" in texts_of(figure)


def test_only_unseen_sets(table):
    figure = figures.build(table[~table["seen"]], FIGURE_2)
    assert bars_of(figure.axes[0]) == [39.0, 44.0, 54.0, 64.0]


def test_every_format_is_written_and_repeatable(table, tmp_path):
    for name in ("a", "b"):
        figures.write(figures.build(table, FIGURE_2), tmp_path / name, FIGURE_2.id)
    for suffix in FIGURE_FORMATS:
        one, other = (tmp_path / name / f"{FIGURE_2.id}.{suffix}" for name in ("a", "b"))
        assert one.read_bytes() == other.read_bytes()
    with Image.open(tmp_path / "a" / f"{FIGURE_2.id}.png") as image:
        width, _ = image.size
        assert width == pytest.approx(figures.COLUMN_WIDTH_INCHES * 300, abs=2)
        assert len(image.convert("RGB").getcolors(maxcolors=1_000_000)) > 10


def test_every_method_has_a_colour_in_the_order_of_the_paper():
    assert list(figures.COLOURS) == [capability.label for capability in CAPABILITIES.values()]
    assert len(set(figures.COLOURS.values())) == len(figures.COLOURS)


def test_base_line_covers_the_cells_of_the_bars_only(table):
    """A base that another experiment asks for does not move the line."""
    before = figures.base_means(table, FIGURE_2)
    stranger = table[table["kind"] == "base"].head(1).assign(dataset="elsewhere", value=100.0)
    assert figures.base_means(pd.concat([table, stranger]), FIGURE_2) == before
    assert before == {False: 32.0, True: 72.0}
