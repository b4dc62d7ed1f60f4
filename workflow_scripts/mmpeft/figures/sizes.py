"""Scores by number of trainable parameters, one panel for each method."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpeft import aggregation, axes
from mmpeft.artefacts.kinds import SizeFigure
from mmpeft.axes import SIZE_NAMES, counted
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.style import COLOURS
from mmpeft.study.capabilities import CAPABILITIES

_SIZE_NAME = {
    capability.label: SIZE_NAMES[capability.size]
    for capability in CAPABILITIES.values()
    if capability.size is not None
}


def size_scores(data: Collected, spec: SizeFigure) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores on all test questions of the data set: of runs, and their means.

    The means have one row per method_label and size_label, with a value that is NaN if a run is
    missing or failed.
    """
    rows = aggregation.whole_test_scores(data.results, spec.experiment)
    rows = rows[rows["dataset_label"] == spec.dataset]
    by = ["method_label", "size_label"]
    if rows.empty:
        return rows, pd.DataFrame(columns=[*by, "value", "cells"])
    return rows, aggregation.averages(aggregation.cells(rows, [*by, "model_label"]), by)


def sizes(data: Collected, spec: SizeFigure) -> Figure:
    """Draw the mean as a line and each run as a point; sizes are equally far apart."""
    rows, means = size_scores(data, spec)
    figure = style.figure(2.1)
    methods = style.methods_in(means["method_label"])
    panels = figure.subplots(1, max(len(methods), 1), sharey=True, squeeze=False)[0]
    if not methods:
        style.tell_not_part(panels[0])
        return figure
    for letter, axes_, method in zip(style.letters(), panels, methods, strict=False):
        of_method = means[means["method_label"] == method]
        _draw_panel(axes_, rows[rows["method_label"] == method], of_method, COLOURS[method])
        axes_.set(title=f"{letter} {method}", xlabel=_SIZE_NAME[method])
    runs = rows.groupby(["method_label", "size_label"], observed=True).size().max()
    items = rows["n"].max()
    asked = "" if pd.isna(items) else f"\n(n = {counted(runs, 'run')} × {axes.count(items)} items)"
    panels[0].set_ylabel(f"{spec.score}{asked}")
    return figure


def _draw_panel(panel: Axes, rows: pd.DataFrame, means: pd.DataFrame, colour: str) -> None:
    labels = list(means["size_label"])
    places = range(len(labels))
    # A lone mean between gaps shows as a short line.
    panel.plot(places, means["value"], color=colour, lw=1.2, marker="_", ms=5)
    where = rows["size_label"].map({label: place for place, label in enumerate(labels)})
    panel.scatter(
        where.astype(float),
        rows["value"],
        s=8,
        facecolors="none",
        edgecolors="black",
        linewidths=0.5,
        zorder=3,
    )
    for place, mean in zip(places, means["value"], strict=True):
        if pd.isna(mean):
            panel.annotate(
                style.GAP,
                (place, 0.02),
                xycoords=("data", "axes fraction"),
                ha="center",
                fontsize=style.TINY,
                fontstyle="italic",
            )
    panel.set(xticks=list(places), xticklabels=[axes.count(label) for label in labels])
    panel.set_xlim(-0.4, len(labels) - 0.6)
