"""Bars of the relative gain that more training data brings."""

from dataclasses import replace
from itertools import pairwise

import pandas as pd
from matplotlib.figure import Figure

from mmpeft import aggregation, axes, contrasts
from mmpeft.artefacts.kinds import GainFigure
from mmpeft.collected import Collected
from mmpeft.contrasts import UNKNOWN, Effect, Weights, weighted
from mmpeft.figures import style
from mmpeft.figures.bars import draw_effects, label_end, values_of, whiskers


def gain_table(data: Collected, spec: GainFigure) -> pd.DataFrame:
    """Return the gains of each method from each level to the next.

    Levels are the labels of training samples, ascending. One row per step (index into the pairs of
    neighbouring levels) and method_label. Columns besides: points (difference of the averages over
    models and data sets, NaN if a cell of either is a gap) and percent (of the lower level, a
    `contrasts.Effect`).
    """
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    by = ["method_label", "samples_label", "model_label", "dataset_label"]
    cells = contrasts.of(data, rows, by)
    levels = [level for _, level in cells.table.groupby("samples_label", observed=True)]
    steps = [
        (method, step, *(level[level["method_label"] == method]["value"] for level in pair))
        for method in style.methods_in(cells.table["method_label"])
        for step, pair in enumerate(pairwise(levels))
    ]
    moves = iter(cells.effects([move for *_, low, high in steps for move in _moves(low, high)]))
    found = []
    for method, step, low, high in steps:
        percent = _percent(low, high, next(moves)) if _moves(low, high) else UNKNOWN
        points = high.mean(skipna=False) - low.mean(skipna=False)
        found.append((method, step, points, percent))
    return pd.DataFrame(found, columns=["method_label", "step", "points", "percent"])


def _moves(low: pd.Series, high: pd.Series) -> list[Weights]:
    """How the ratio of two means of cells moves with them, in percent; none of what is a gap.

    To first order a ratio moves as its numerator does, less itself times its denominator, both in
    units of the denominator; as a contrast its value is 0.
    """
    before, after = low.mean(skipna=False), high.mean(skipna=False)
    if pd.isna(before) or pd.isna(after) or before == 0:
        return []
    share = 100 / before
    return [weighted((share, list(high.index)), (-share * after / before, list(low.index)))]


def _percent(low: pd.Series, high: pd.Series, move: Effect) -> Effect:
    percent = float(100 * (high.mean() / low.mean() - 1))
    return Effect(percent, move.estimate and replace(move.estimate, value=percent), move.why)


def gains(data: Collected, spec: GainFigure) -> Figure:
    """Draw grouped bars, one group for each step up in training samples."""
    table = gain_table(data, spec)
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    figure = style.figure(2.6)
    panel = figure.subplots()
    if table.empty:
        style.tell_not_part(panel)
        return figure
    methods = style.methods_in(table["method_label"])
    effects, points = (
        table.pivot(index="step", columns="method_label", values=value)[methods]
        for value in ("percent", "points")
    )
    for bar in draw_effects(panel, effects):
        label_end(panel, bar, style.signed(points.loc[bar.group, bar.method]))
    amounts = rows.groupby("samples_label")["train_samples"].max()
    ticks = [
        f"{_name(low)} → {_name(high)}\n({_many(amounts[low])} → {_many(amounts[high])} samples)"
        for low, high in pairwise(amounts.index)
    ]
    sets, models = rows["dataset_label"].nunique(), rows["model_label"].nunique()
    panel.set(
        xticks=range(len(ticks)),
        xticklabels=ticks,
        xlabel=style.average_of(
            f"Training samples; averages over {axes.counted(models, 'model')} × "
            f"{axes.counted(sets, 'data set')}\n({whiskers(effects) or style.GAP})",
            rows,
        ),
        ylabel="Relative gain of the average (%)\nat the bars: in points",
    )
    panel.tick_params(axis="x", length=0)
    panel.axhline(0, color="black", lw=0.6)
    panel.margins(y=0.16)
    if values_of(effects).fillna(0).eq(0).all(axis=None):
        panel.set_yticks([])
    style.shared_legend(figure, [panel])
    return figure


def _name(label: int) -> str:
    """The paper's name of a level: low, medium, high."""
    return axes.text("samples", label).partition(" ")[0].lower()


def _many(samples: int) -> str:
    return axes.AXES["samples"].number(samples)
