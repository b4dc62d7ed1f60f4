"""Figures from results.parquet alone: seaborn on matplotlib, one look for all of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import matplotlib
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpeft import aggregation
from mmpeft.artefacts import FIGURE_FORMATS, Artefact, SeenUnseenFigure

# Okabe and Ito's colours, told apart with any colour vision; one per method, in every figure.
COLOURS: Mapping[str, str] = {
    "Adapter": "#0072B2",
    "LoRA": "#D55E00",
    "IA3": "#009E73",
    "Prefix": "#CC79A7",
}
COLUMN_WIDTH_INCHES = 3.35  # one column of a two-column page
_STYLE = {
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.labelsize": 7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.linewidth": 0.6,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # text stays text
    "svg.fonttype": "none",
    "svg.hashsalt": "mmpeft",  # element ids that do not change from run to run
    "savefig.dpi": 300,
}
_GROUP = {False: "Unseen", True: "Seen"}


def write(figure: Figure, folder: Path, name: str) -> None:
    """Write `folder/<name>.<format>` for every format; the same figure gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
    with matplotlib.rc_context(_STYLE):
        for suffix in FIGURE_FORMATS:
            figure.savefig(folder / f"{name}.{suffix}", metadata=undated[suffix])


def seen_unseen_means(results: pd.DataFrame, spec: SeenUnseenFigure) -> pd.DataFrame:
    """Return mean scores of each method on unseen and seen data sets.

    One row per connector_label, method_label, seen and model_label; the empty model label stands
    for the mean over models. Columns besides: value (NaN if a cell is a gap), cells.
    """
    rows = aggregation.headline_scores(results, "run", spec.experiment)
    by = ["connector_label", "method_label", "seen"]
    cells = aggregation.cells(rows, [*by, "model_label", "dataset_label"])
    each = aggregation.averages(cells, [*by, "model_label"])
    return pd.concat(
        [aggregation.averages(cells, by).assign(model_label=""), each.astype({"model_label": str})]
    ).reset_index(drop=True)


def base_means(results: pd.DataFrame, spec: SeenUnseenFigure) -> dict[bool, float]:
    """Return the mean score of the un-tuned bases on unseen (False) and seen (True) data sets.

    Only models and data sets of the figure's experiment count, so that the line is comparable with
    its bars.
    """
    pair = ["model", "dataset"]
    shown = aggregation.headline_scores(results, "run", spec.experiment)[pair].drop_duplicates()
    rows = aggregation.headline_scores(results, "base").merge(shown, on=pair)
    cells = aggregation.cells(rows, ["seen", "model_label", "dataset_label"])
    means = aggregation.averages(cells, ["seen"])
    return dict(zip(means["seen"].astype(bool), means["value"], strict=True))


def seen_unseen(results: pd.DataFrame, spec: SeenUnseenFigure) -> Figure:
    """Draw grouped bars of the means, a point per model, a dashed line for the un-tuned bases."""
    means = seen_unseen_means(results, spec)
    bases = base_means(results, spec)
    rows = aggregation.headline_scores(results, "run", spec.experiment)
    models = rows["model_label"].nunique()
    sets = rows.groupby("seen")["dataset_label"].nunique()
    ticks = {
        seen: f"{_GROUP[seen]}\n({_count(models, 'model')} × {_count(sets[seen], 'data set')})"
        for seen in (False, True)
        if seen in sets.index
    }
    highest = max([*means["value"].dropna(), *bases.values(), 1.0])
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(COLUMN_WIDTH_INCHES, 4.3), layout="constrained")
        panels = figure.subplots(len(spec.panels), 1, sharey=True, squeeze=False)[:, 0]
        for axes, (connector, title) in zip(panels, spec.panels, strict=True):
            shown = means[means["connector_label"] == connector]
            axes.set(title=title, ylim=(0, highest * 1.12))
            if shown.empty:
                axes.text(0.5, 0.5, "not part of this study", ha="center", transform=axes.transAxes)
                axes.set(xticks=[])
            else:
                _draw_panel(axes, shown, ticks, bases)
            axes.set(xlabel="", ylabel="Mean score (points)")
        found = [axes.get_legend_handles_labels() for axes in panels]
        named = {
            name: handle
            for handles, names in found
            for handle, name in zip(handles, names, strict=True)
        }
        figure.legend(
            named.values(), named, loc="outside upper center", ncols=len(named), fontsize=6.5
        )
    return figure


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _draw_panel(
    axes: Axes, means: pd.DataFrame, ticks: dict[bool, str], bases: dict[bool, float]
) -> None:
    """Draw the `means` of one connector state, the groups of `ticks` from left to right."""
    methods = list(COLOURS)
    look = {
        "x": "group",
        "y": "value",
        "hue": "method",
        "order": list(ticks.values()),
        "hue_order": methods,
        "palette": COLOURS,
        "ax": axes,
    }
    data = pd.DataFrame(
        {
            "group": means["seen"].map(ticks),
            "value": means["value"].astype(float),
            "method": means["method_label"].astype(str),
            "model": means["model_label"],
        }
    )
    bars = data[data["model"] == ""]
    seaborn.barplot(bars, **look, errorbar=None, width=0.84, saturation=1)
    seaborn.stripplot(
        data[data["model"] != ""],
        **(look | {"palette": ["white"] * len(methods)}),
        dodge=True,
        jitter=False,
        size=2.6,
        linewidth=0.6,
        edgecolor="black",
        legend=False,
    )
    for position, seen in enumerate(ticks):
        if seen in bases:
            label = "base" if position == 0 else None
            ends = (position - 0.46, position + 0.46)
            axes.hlines(bases[seen], *ends, colors="black", linestyles="--", lw=0.8, label=label)
    values = bars.set_index(["group", "method"])["value"]
    for position, tick in enumerate(ticks.values()):
        for index, method in enumerate(methods):
            value = values.get((tick, method), float("nan"))
            gap = pd.isna(value)
            axes.text(
                position + (index - (len(methods) - 1) / 2) * 0.84 / len(methods),
                1.0,
                "gap" if gap else f"{value:.1f}",
                ha="center",
                va="bottom",
                fontsize=6,
                rotation=90,
                color="black" if gap else "white",
            )
    if axes.get_legend() is not None:
        axes.get_legend().remove()


_BUILDERS: Mapping[type[Artefact], Callable[[pd.DataFrame, Artefact], Figure]] = {
    SeenUnseenFigure: seen_unseen,
}


def build(results: pd.DataFrame, spec: SeenUnseenFigure) -> Figure:
    """Build the figure that a declaration describes."""
    return _BUILDERS[type(spec)](results, spec)
