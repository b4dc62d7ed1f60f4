"""Bars of how each method transfers to other data sets, relative to the mean of all methods."""

import re
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpeft import aggregation, contrasts
from mmpeft.artefacts.kinds import FluctuationFigure
from mmpeft.axes import counted
from mmpeft.collected import Collected
from mmpeft.contrasts import UNKNOWN, weighted
from mmpeft.figures import style
from mmpeft.figures.bars import draw_effects, label_end, values_of, whiskers

_PAIR = ["dataset_label", "target_label"]


def fluctuations(data: Collected, spec: FluctuationFigure) -> pd.DataFrame:
    """Return how far each method lies from the mean of all, in points.

    One row per pair (dataset_label trained on, target_label tested on), one column per method, each
    a `contrasts.Effect`. The score of a method is its mean over epochs and models; if one of them
    is a gap it has no value, nor have the other methods, since the mean of all is not known.
    """
    rows = aggregation.evaluation_scores(data.results, spec.evaluation)
    cells = contrasts.of(data, rows, [*_PAIR, "method_label", "model_label", "epoch_place"])
    places, asked = [], []
    for pair, block in cells.table.groupby(_PAIR, observed=True, sort=True):
        methods = block.groupby("method_label", observed=True, sort=True).groups
        for method, own in methods.items():
            others = ((-1 / len(methods), list(other)) for other in methods.values())
            places.append((*pair, str(method)))
            asked.append(weighted((1.0, list(own)), *others))
    effects = pd.Series(
        cells.effects(asked), index=pd.MultiIndex.from_tuples(places, names=[*_PAIR, "method"])
    )
    table = effects.unstack("method", sort=False, fill_value=UNKNOWN)
    return table[style.methods_in(table.columns)]


def fluctuation(data: Collected, spec: FluctuationFigure) -> Figure:
    """Draw grouped bars, one group for each pair of data sets."""
    table = fluctuations(data, spec)
    rows = aggregation.evaluation_scores(data.results, spec.evaluation)
    figure = style.figure(3.0)
    panel = figure.subplots()
    for bar in draw_effects(panel, table):
        label_end(panel, bar, style.signed(bar.value), rotation=90)
    panel.axhline(0, color="black", lw=0.6)
    panel.set(
        xticks=range(len(table)),
        xticklabels=[_broken(target) for _, target in table.index],
        ylabel="Score less the mean\nof all methods (points)",
        xlim=(-0.5, len(table) - 0.5),
    )
    panel.tick_params(axis="x", length=0, labelsize=style.TINY)
    panel.margins(y=0.2)
    if values_of(table).isna().all(axis=None):
        panel.set_yticks([])
    _name_sources(panel, [source for source, _ in table.index]).set_xlabel(
        f"{_counts(rows)}\n({whiskers(table) or style.GAP})"
    )
    style.shared_legend(figure, [panel])
    return figure


def _name_sources(panel: Axes, sources: Sequence[str]) -> Axes:
    """Write below groups what they were trained on, once, and part them; returns that axis."""
    below = panel.secondary_xaxis(0)
    places = {name: [i for i, one in enumerate(sources) if one == name] for name in sources}
    below.set_xticks(
        [sum(of_one) / len(of_one) for of_one in places.values()],
        labels=[f"\n\ntrained on\n{name}" for name in places],
    )
    below.tick_params(length=0, labelsize=style.TINY)
    below.spines["bottom"].set_visible(False)
    for of_one in list(places.values())[1:]:
        panel.axvline(of_one[0] - 0.5, color=style.NEUTRAL, lw=0.5, ls=":")
    return below


def _broken(label: str) -> str:
    """A label on two lines, broken where it can be."""
    first, mark, second = re.split(r"( |-|$)", label, maxsplit=1)
    return f"{first}{mark.strip()}\n{second}"


def _counts(rows: pd.DataFrame) -> str:
    """Say what a bar is the mean of."""
    runs = rows.groupby([*_PAIR, "method_label", "epoch_place"], observed=True).size().max()
    epochs = counted(rows["epoch_place"].max(), "epoch")
    return f"Tested on (each bar: mean of {epochs}, n = {counted(runs, 'run')})"
