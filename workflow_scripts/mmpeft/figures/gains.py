"""Bars of the relative gain that more training data brings."""

from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpeft import aggregation, axes
from mmpeft.artefacts.kinds import GainFigure
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.style import COLOURS, counted

_WIDTH = 0.84  # of a group of bars, where groups are 1 apart


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
        style.tell(panel, "not part of this study")
        panel.set(xticks=[], yticks=[])
        return figure
    methods = [name for name in COLOURS if name in set(table["method_label"].astype(str))]
    for index, method in enumerate(methods):
        own = table[table["method_label"] == method].set_index("step")
        width = _WIDTH / len(methods)
        places = own.index + (index - (len(methods) - 1) / 2) * width
        panel.bar(
            places, own["percent"].fillna(0), 0.94 * width, color=COLOURS[method], label=method
        )
        for place, gain in zip(places, own.itertuples(), strict=True):
            _label(panel, place, gain.percent, gain.points)
    amounts = rows.groupby("samples_label")["train_samples"].max()
    ticks = [
        f"{_name(low)} → {_name(high)}\n({_many(amounts[low])} → {_many(amounts[high])} samples)"
        for low, high in pairwise(amounts.index)
    ]
    sets, models = rows["dataset_label"].nunique(), rows["model_label"].nunique()
    panel.set(
        xticks=range(len(ticks)),
        xticklabels=ticks,
        xlabel=f"Training samples; averages over {counted(models, 'model')} × "
        f"{counted(sets, 'data set')}",
        ylabel="Relative gain of the average (%)",
    )
    panel.tick_params(axis="x", length=0)
    panel.axhline(0, color="black", lw=0.6)
    panel.margins(y=0.16)
    style.shared_legend(figure, [panel])
    return figure


def _label(panel: Axes, place: float, percent: float, points: float) -> None:
    """Write the gain in points beyond the end of a bar."""
    gap = pd.isna(percent)
    up = gap or percent >= 0
    panel.annotate(
        "gap" if gap else f"{points:+.1f}",
        (place, 0 if gap else percent),
        xytext=(0, 1.5 if up else -1.5),
        textcoords="offset points",
        ha="center",
        va="bottom" if up else "top",
        fontsize=style.TINY,
        fontstyle="italic" if gap else "normal",
    )


def _name(label: int) -> str:
    """The paper's name of a level: low, medium, high."""
    return axes.text("samples", label).partition(" ")[0].lower()


def _many(samples: int) -> str:
    return axes.AXES["samples"].number(samples)
