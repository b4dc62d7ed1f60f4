"""Bars of the relative gain that more training data brings."""

from itertools import pairwise

import pandas as pd
from matplotlib.figure import Figure

from mmpeft import aggregation, axes
from mmpeft.artefacts.kinds import GainFigure
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.bars import draw_bars, label_end


def gain_table(data: Collected, spec: GainFigure) -> pd.DataFrame:
    """Return the gains of each method from each level to the next.

    Levels are the labels of training samples, ascending. One row per step (index into the pairs of
    neighbouring levels) and method_label. Columns besides: points (difference of the averages over
    models and data sets) and percent (of the lower level); NaN if a cell of either is a gap.
    """
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    by = ["method_label", "samples_label"]
    cells = aggregation.cells(rows, [*by, "model_label", "dataset_label"])
    averages = aggregation.averages(cells, by).pivot(
        index="method_label", columns="samples_label", values="value"
    )
    found = [pd.DataFrame(columns=["method_label", "points", "percent", "step"])]
    for step, (low, high) in enumerate(pairwise(averages.columns)):
        points = averages[high] - averages[low]
        gain = pd.DataFrame({"points": points, "percent": 100 * points / averages[low]})
        found.append(gain.reset_index().assign(step=step))
    return pd.concat(found[1:] or found)


def gains(data: Collected, spec: GainFigure) -> Figure:
    """Draw grouped bars, one group for each step up in training samples."""
    table = gain_table(data, spec)
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    figure = style.figure(2.5)
    panel = figure.subplots()
    if table.empty:
        style.tell_not_part(panel)
        return figure
    percent, points = (
        table.pivot(index="step", columns="method_label", values=value)
        for value in ("percent", "points")
    )
    for bar in draw_bars(panel, percent):
        label_end(panel, bar, f"{points.loc[bar.group, bar.method]:+.1f}")
    amounts = rows.groupby("samples_label")["train_samples"].max()
    ticks = [
        f"{_name(low)} → {_name(high)}\n({_many(amounts[low])} → {_many(amounts[high])} samples)"
        for low, high in pairwise(amounts.index)
    ]
    sets, models = rows["dataset_label"].nunique(), rows["model_label"].nunique()
    panel.set(
        xticks=range(len(ticks)),
        xticklabels=ticks,
        xlabel=f"Training samples; averages over {axes.counted(models, 'model')} × "
        f"{axes.counted(sets, 'data set')}",
        ylabel="Relative gain of the average (%)\nat the bars: in points",
    )
    panel.tick_params(axis="x", length=0)
    panel.axhline(0, color="black", lw=0.6)
    panel.margins(y=0.16)
    if percent.fillna(0).eq(0).all(axis=None):
        panel.set_yticks([])
    style.shared_legend(figure, [panel])
    return figure


def _name(label: int) -> str:
    """The paper's name of a level: low, medium, high."""
    return axes.text("samples", label).partition(" ")[0].lower()


def _many(samples: int) -> str:
    return axes.AXES["samples"].number(samples)
