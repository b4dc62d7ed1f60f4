from dataclasses import replace

import pytest

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.figures.loss_curves import training_curve, validation_curve

FIGURE_3 = FIGURES["figure03_loss_scienceqa"]
FIGURE_8 = FIGURES["figure08_loss_iconqa_vizwiz"]


def run_of(data, method, dataset="mini-scienceqa"):
    rows = data.results[(data.results["experiment"] == "long")]
    return rows[(rows["method"] == method) & (rows["dataset"] == dataset)]["run"].iloc[0]


def test_training_loss_is_the_mean_of_parts_of_an_epoch(sweeps):
    curve = sweeps.losses[sweeps.losses["run"] == run_of(sweeps, "lora")]
    binned = training_curve(curve, 1)
    # seven steps an epoch, 84 in all: the first epoch is 2 - s / 84 at s = 1..7
    assert list(binned.index) == [0.5 + epoch for epoch in range(12)]
    assert binned.iloc[0] == pytest.approx(2 - 4 / 84)
    assert len(training_curve(curve, 4)) == 4 * 12
    assert list(validation_curve(curve)[:4]) == [1 + 9 / 16, 1.25, 1 + 1 / 16, 1.0]


def test_one_data_set_is_a_square_of_methods(sweeps):
    figure = figures.build(sweeps, FIGURE_3)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["(a) Adapter", "(b) LoRA", "(c) IA3", "(d) Prefix"]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    minimum = figure.axes[0].lines[-1]
    assert (minimum.get_xdata()[0], minimum.get_ydata()[0]) == (4.0, 1.0)
    assert figure.get_supxlabel() == "Epoch (n = 1 run per panel)"
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["training", "validation", "its minimum"]


def test_several_data_sets_are_a_column_each(sweeps):
    figure = figures.build(sweeps, FIGURE_8)
    assert len(figure.axes) == 8
    assert figure.axes[0].get_title() == "(a) Adapter, IconQA-txt"
    assert figure.axes[1].get_title() == "(b) Adapter, VizWiz"


def test_a_high_start_is_cut_off_and_told(sweeps):
    losses = sweeps.losses.copy()
    first = (losses["run"] == run_of(sweeps, "lora")) & (losses["step"] == 1)
    losses.loc[first & (losses["split"] == "train"), "loss"] = 13.0
    figure = figures.build(replace(sweeps, losses=losses), FIGURE_3)
    # seven steps an epoch, the first of which is alone in its quarter
    assert texts_of(figure) == ["↑ up to 13.0"]
    # the highest that remains is the training loss after the first epoch, or a validation loss
    later = (losses["split"] == "validation") | (losses["epoch"] > 1)
    assert figure.axes[1].get_ylim()[1] <= 1.12 * losses.loc[later, "loss"].max()
    assert len({axes.get_ylim() for axes in figure.axes}) == 1


def test_a_run_without_a_curve_is_told(sweeps):
    run = run_of(sweeps, "lora")
    results = sweeps.results.copy()
    results.loc[results["run"] == run, "status"] = "missing"
    data = replace(sweeps, results=results, losses=sweeps.losses[sweeps.losses["run"] != run])
    assert texts_of(figures.build(data, FIGURE_3)) == ["missing"]


def test_a_failed_run_shows_how_far_it_got(sweeps):
    run = run_of(sweeps, "lora")
    results = sweeps.results.copy()
    results.loc[results["run"] == run, "status"] = "failed"
    early = (sweeps.losses["run"] != run) | (sweeps.losses["step"] < 5)
    figure = figures.build(replace(sweeps, results=results, losses=sweeps.losses[early]), FIGURE_3)
    assert texts_of(figure) == ["failed"]
    assert len(figure.axes[1].lines[0].get_xdata()) == 3


def test_a_data_set_that_the_study_lacks_is_told(sweeps):
    results = sweeps.results[sweeps.results["dataset"] != "mini-vizwiz"]
    told = texts_of(figures.build(replace(sweeps, results=results), FIGURE_8))
    assert told == ["not part of this study"] * 4
