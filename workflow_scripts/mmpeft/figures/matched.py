"""Scores of all methods on one axis of parameters."""

import textwrap

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullFormatter

from mmpeft import aggregation, axes
from mmpeft.artefacts.kinds import MatchedFigure
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.style import COLOURS

_PLACE = ["method_label", "size_label"]


def scores_by_parameters(data: Collected, spec: MatchedFigure) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the average scores of seeds over models and data sets, and their means over seeds.

    Both have method_label, size_label, parameters (of the method alone, mean over models) and
    value, NaN if a run is a gap; the first has a seed besides.
    """
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    parameters = rows.groupby(_PLACE, observed=True)["method_parameters"].mean()
    each = aggregation.cells(rows, [*_PLACE, "model_label", "dataset_label", "seed"])
    seeds = aggregation.averages(each, [*_PLACE, "seed"])
    means = aggregation.averages(seeds, _PLACE)
    return tuple(
        table.join(parameters.rename("parameters").astype(float), on=_PLACE)
        for table in (seeds, means)
    )


def matched(data: Collected, spec: MatchedFigure) -> Figure:
    """Draw the mean of each method as a line, each seed as a point, parameters on a log scale."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    seeds, means = scores_by_parameters(data, spec)
    figure = style.figure(2.6)
    panel = figure.subplots()
    gaps = []
    for method in style.methods_in(means["method_label"]):
        mean, points = (x[x["method_label"] == method] for x in (means, seeds))
        colour = COLOURS[method]
        panel.plot(mean["parameters"], mean["value"], color=colour, lw=1.2, marker="o", ms=3.5)
        panel.scatter(
            points["parameters"],
            points["value"],
            s=8,
            facecolors="none",
            edgecolors=colour,
            linewidths=0.6,
        )
        for row in mean.itertuples():
            size = axes.text("size", row.size_label)
            if pd.isna(row.value) or pd.isna(row.parameters):
                gaps.append(f"{method} {size}")
                continue
            panel.annotate(
                size,
                (row.parameters, points.loc[points["size_label"] == row.size_label, "value"].max()),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                fontsize=style.TINY,
                color=colour,
            )
        panel.plot([], [], color=colour, lw=1.2, marker="o", ms=3.5, label=method)
    if gaps:
        style.tell(panel, textwrap.fill(f"{style.GAP}: {', '.join(gaps)}", 40))
    if len(gaps) < len(means):  # a logarithmic axis needs a number
        panel.set_xscale("log")
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        panel.xaxis.set_minor_formatter(NullFormatter())
    sets = rows["dataset_label"].cat.categories
    scored = f"Average score over {axes.counted(len(sets), 'data set')}"
    if len(sets) == 1:
        scored = f"Score on {sets[0]}"
    runs = axes.counted(seeds.groupby(_PLACE, observed=True).size().max(), "seed")
    panel.set(
        xlabel="Parameters of the method",
        ylabel=style.average_of(scored, rows) + f"\n(points, n = {runs})",
    )
    panel.margins(x=0.08, y=0.18)
    style.shared_legend(figure, [panel])
    return figure
