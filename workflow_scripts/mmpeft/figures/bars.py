"""Groups of bars, one bar for each method."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
import seaborn
from matplotlib.axes import Axes

from mmpeft.figures import style
from mmpeft.figures.style import COLOURS

_WIDTH = 0.84  # of a group of bars, where groups are 1 apart


class Bar(NamedTuple):
    """A bar: its `group` and `method`, its middle on the x axis, its value (NaN in a gap)."""

    group: object
    method: str
    place: float
    value: float


def bars(values: pd.DataFrame) -> Iterator[Bar]:
    """Place bars: `values` has a row for each group and a column for each method, in order."""
    methods = list(values.columns)
    for position, (group, line) in enumerate(values.iterrows()):
        for index, method in enumerate(methods):
            shift = (index - (len(methods) - 1) / 2) * _WIDTH / len(methods)
            yield Bar(group, str(method), position + shift, float(line[method]))


def draw_bars(panel: Axes, values: pd.DataFrame) -> list[Bar]:
    """Draw `bars`; a gap has none. Methods are labelled for a legend."""
    drawn = list(bars(values))
    order = {group: position for position, group in enumerate(values.index)}
    seaborn.barplot(
        x=[order[bar.group] for bar in drawn],
        y=[0.0 if pd.isna(bar.value) else bar.value for bar in drawn],
        hue=[bar.method for bar in drawn],
        palette=COLOURS,
        saturation=1,
        errorbar=None,
        native_scale=True,
        width=_WIDTH,
        gap=0.06,
        legend=False,
        ax=panel,
    )
    for method, of_method in zip(values.columns, panel.containers, strict=True):
        of_method.set_label(method)
    return drawn


def label_end(panel: Axes, bar: Bar, text: str, *, rotation: int = 0) -> None:
    """Write a text beyond the end of a bar, or that there is a gap."""
    gap = pd.isna(bar.value)
    up = gap or bar.value >= 0
    panel.annotate(
        style.GAP if gap else text,
        (bar.place, 0 if gap else bar.value),
        xytext=(0, 1.5 if up else -1.5),
        textcoords="offset points",
        ha="center",
        va="bottom" if up else "top",
        rotation=rotation,
        fontsize=style.TINY,
        fontstyle="italic" if gap else "normal",
    )
