"""Bars of mean scores on unseen and seen data sets, one panel for each connector state."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpeft import aggregation
from mmpeft.artefacts.kinds import SeenUnseenFigure
from mmpeft.axes import counted
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.bars import bars, draw_bars
from mmpeft.figures.style import COLOURS

_GROUP = {False: "Unseen", True: "Seen"}


def base_means(data: Collected, spec: SeenUnseenFigure) -> dict[bool, float]:
    """Return the mean score of the un-tuned bases on unseen (False) and seen (True) data sets.

    Only models and data sets of the figure's experiment count, so that the line is comparable with
    its bars.
    """
    pair = ["model", "dataset"]
    runs = aggregation.headline_scores(data.results, "run", spec.experiment)
    rows = aggregation.headline_scores(data.results, "base").merge(
        runs[pair].drop_duplicates(), on=pair
    )
    cells = aggregation.cells(rows, ["seen", "model_label", "dataset_label"])
    averages = aggregation.averages(cells, ["seen"]).dropna()
    return dict(zip(averages["seen"].astype(bool), averages["value"], strict=True))


def seen_unseen(data: Collected, spec: SeenUnseenFigure) -> Figure:
    """Draw grouped bars of the means, a point per model, a dashed line for the un-tuned bases."""
    scores, bases = (
        aggregation.seen_unseen_means(data.results, spec.experiment),
        base_means(data, spec),
    )
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    models = rows["model_label"].nunique()
    sets = rows.groupby("seen")["dataset_label"].nunique()
    ticks = {
        seen: f"{_GROUP[seen]}\n({counted(models, 'model')} × {counted(sets[seen], 'data set')})"
        for seen in (False, True)
        if seen in sets.index
    }
    highest = max([*scores["value"].dropna(), *bases.values(), 1.0])
    figure = style.figure(4.3)
    panels = figure.subplots(len(spec.panels), 1, sharey=True, squeeze=False)[:, 0]
    for axes, (connector, title) in zip(panels, spec.panels, strict=True):
        shown = scores[scores["connector_label"] == connector]
        axes.set(title=title, ylim=(0, highest * 1.12))
        if shown.empty:
            style.tell(axes, style.NOT_PART)
            axes.set(xticks=[])
        else:
            _draw_panel(axes, shown, ticks, bases)
        axes.set(xlabel="", ylabel=style.average_of("Mean score", rows))
    style.shared_legend(figure, panels)
    return figure


def _draw_panel(
    axes: Axes, scores: pd.DataFrame, ticks: dict[bool, str], bases: dict[bool, float]
) -> None:
    """Draw the means of one connector state, the groups of `ticks` from left to right."""
    groups = list(ticks)
    for model, of_model in scores.groupby("model_label"):
        values = of_model.pivot(index="seen", columns="method_label", values="value")
        values = values.reindex(index=groups, columns=list(COLOURS))
        if model:
            _draw_points(axes, values)
            continue
        for bar in draw_bars(axes, values):
            gap = pd.isna(bar.value)
            axes.text(
                bar.place,
                1.0,
                style.GAP if gap else f"{bar.value:.1f}",
                ha="center",
                va="bottom",
                fontsize=style.TINY,
                rotation=90,
                color="black" if gap else "white",
            )
    for position, seen in enumerate(groups):
        if seen in bases:
            label = "base" if position == 0 else None
            ends = (position - 0.46, position + 0.46)
            axes.hlines(bases[seen], *ends, colors="black", linestyles="--", lw=0.8, label=label)
    axes.set(xticks=range(len(groups)), xticklabels=ticks.values())


def _draw_points(axes: Axes, values: pd.DataFrame) -> None:
    """Draw the means of one model as points on the bars of all models."""
    places, scores = zip(*((bar.place, bar.value) for bar in bars(values)), strict=True)
    axes.scatter(places, scores, s=7, facecolors="white", edgecolors="black", lw=0.6, zorder=3)
