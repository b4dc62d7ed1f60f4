from dataclasses import replace

import pytest

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.figures.sizes import size_scores

FIGURE_5 = FIGURES["figure05_size"]


def test_scores_are_those_of_all_questions(sweeps):
    _, means = size_scores(sweeps, FIGURE_5)
    values = means.set_index(["method_label", "size_label"])["value"]
    # 62 on the 50 items with an image, 0 on the five without
    assert values["LoRA", 64] == pytest.approx(62 * 50 / 55)
    assert len(values) == 6


def test_one_panel_a_method_in_the_labels_of_the_paper(sweeps):
    figure = figures.build(sweeps, FIGURE_5)
    assert [axes.get_title() for axes in figure.axes] == ["(a) Adapter", "(b) LoRA", "(c) Prefix"]
    names = ["Bottleneck size", "Rank", "Virtual tokens"]
    assert [axes.get_xlabel() for axes in figure.axes] == names
    ticks = [[tick.get_text() for tick in axes.get_xticklabels()] for axes in figure.axes]
    assert ticks == [["128", "256"], ["64", "128"], ["10", "20"]]
    assert figure.axes[0].get_ylabel() == "Accuracy on SQA (all), %\n(n = 3 runs × 55 items)"
    assert figure.axes[0].get_ylim() == figure.axes[2].get_ylim()


def test_a_gap_is_told_and_the_other_runs_are_still_points(sweeps):
    results = sweeps.results.copy()
    of_sizes = (results["experiment"] == "size") & (results["dataset"] == "mini-scienceqa")
    run = results.loc[of_sizes & (results["size_label"] == 64), "run"].iloc[0]
    results = results[~((results["run"] == run) & ~results["headline"])]
    results.loc[results["run"] == run, ["status", "value"]] = ["missing", float("nan")]
    figure = figures.build(replace(sweeps, results=results), FIGURE_5)
    assert texts_of(figure) == ["gap"]
    lora = figure.axes[1]
    drawn = [bool(value == value) for value in lora.lines[0].get_ydata()]
    assert drawn == [False, True]
    assert (~lora.collections[0].get_offsets().mask[:, 1]).sum() == 5


def test_a_study_without_the_data_set_says_so(sweeps):
    results = sweeps.results[sweeps.results["dataset"] != "mini-scienceqa"]
    assert texts_of(figures.build(replace(sweeps, results=results), FIGURE_5)) == [
        "not part of this study"
    ]
