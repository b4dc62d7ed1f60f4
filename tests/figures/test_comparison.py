from dataclasses import replace

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES

FIGURE = FIGURES["compared_main"]


def test_a_point_for_each_cell_and_a_panel_for_each_data_set(sweeps):
    figure = figures.build(sweeps, FIGURE)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["(a) SQA (img)", "(b) VizWiz", "(c) IconQA-txt", "(d) OKVQA"]
    first = figure.axes[0]
    points = [
        (float(x), float(y))
        for marks in first.lines
        if marks.get_marker() == "o"
        for x, y in zip(*marks.get_data(), strict=True)
    ]
    # reported and ours of Adapter, LoRA, IA3, Prefix, connector tuned
    assert points == [(84.4, 52.0), (86.2, 62.0), (82.7, 42.0), (69.7, 37.0)]
    assert texts_of(figure)[0] == "τ = +1.00, n = 4"
    (legend,) = figure.legends
    told = [text.get_text() for text in legend.get_texts()]
    assert {*told} == {"Adapter", "LoRA", "IA3", "Prefix", "connector tuned"}


def test_gaps_are_counted_and_not_ranked(sweeps):
    results = sweeps.results.copy()
    gap = (results["experiment"] == "main") & (results["method"] == "ia3")
    results.loc[gap, ["value", "status"]] = [float("nan"), "missing"]
    figure = figures.build(replace(sweeps, results=results), FIGURE)
    assert texts_of(figure) == ["gap: 1 of 4"] * 4


def test_without_a_reported_number_there_is_nothing_to_show(sweeps):
    nothing = replace(sweeps, reported=sweeps.reported.iloc[:0])
    assert texts_of(figures.build(nothing, FIGURE)) == ["not part of this study"]
