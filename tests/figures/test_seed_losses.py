from dataclasses import replace

import pandas as pd
import pytest

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.figures.seed_losses import band
from mmpeft.figures.style import COLOURS

FIGURE_7 = FIGURES["figure07_seed_loss"]


def losses(*curves):
    return pd.concat(
        pd.DataFrame(
            {
                "run": f"run {index}",
                "split": "train",
                "step": range(1, len(curve) + 1),
                "loss": curve,
            }
        )
        for index, curve in enumerate(curves)
    )


def test_band_is_the_t_interval_of_the_means_of_runs():
    table = band(losses([1.0, 3.0, 8.0, 8.0], [2.0, 4.0, 8.0, 8.0], [3.0, 5.0, 8.0, 8.0]), 2)
    assert list(table["step"]) == [1.5, 3.5]
    assert list(table["mean"]) == [3.0, 8.0]
    # means of the runs 2, 3, 4: sd 1; t of 2 degrees of freedom at 97.5 % is 4.303
    assert list(table["half"]) == pytest.approx([4.3027 / 3**0.5, 0.0], abs=1e-4)
    assert list(table["n"]) == [3, 3]


def test_one_run_has_no_band_and_few_steps_few_points():
    table = band(losses([1.0, 2.0]), 25)
    assert list(table["step"]) == [1.0, 2.0]
    assert table["half"].isna().all()


def test_only_runs_with_the_settings_of_the_main_experiment_count(sweeps):
    figure = figures.build(sweeps, FIGURE_7)
    assert [axes.get_title() for axes in figure.axes] == [
        "(a) SQA (img) (n = 3 seeds)",
        "(b) OKVQA (n = 3 seeds)",
    ]
    for axes in figure.axes:
        assert [line.get_label() for line in axes.lines] == list(COLOURS)
        assert len(axes.collections) == 4
    # 100 samples: 21 steps; the seeds move the loss of 2 - step / 21 by -0.5, 0 and +0.5
    line = figure.axes[0].lines[0]
    assert list(line.get_xdata()) == list(range(1, 22))
    assert line.get_ydata()[-1] == pytest.approx(1.0)


def test_a_high_start_is_cut_off_and_told(sweeps):
    losses = sweeps.losses.copy()
    losses.loc[losses["step"] == 1, "loss"] += 90.0
    first, second = figures.build(replace(sweeps, losses=losses), FIGURE_7).axes
    for axes in (first, second):
        (told,) = (text.get_text() for text in axes.texts)
        assert told == f"↑ up to {axes.lines[0].get_ydata()[0]:.1f}"
        assert axes.get_ylim()[1] < 10


def test_a_method_with_a_missing_run_is_a_gap(sweeps):
    rows = sweeps.results[sweeps.results["experiment"] == "main"]
    run = rows[(rows["method"] == "ia3") & (rows["dataset"] == "mini-okvqa")]["run"].iloc[0]
    data = replace(sweeps, losses=sweeps.losses[sweeps.losses["run"] != run])
    figure = figures.build(data, FIGURE_7)
    assert texts_of(figure) == ["gap: IA3"]
    assert len(figure.axes[1].lines) == 3


def test_a_failed_run_is_a_gap_although_it_has_a_curve(sweeps):
    rows = sweeps.results[sweeps.results["experiment"] == "main"]
    run = rows[(rows["method"] == "ia3") & (rows["dataset"] == "mini-okvqa")]["run"].iloc[0]
    results = sweeps.results.copy()
    results.loc[results["run"] == run, "status"] = "failed"
    assert texts_of(figures.build(replace(sweeps, results=results), FIGURE_7)) == ["gap: IA3"]
