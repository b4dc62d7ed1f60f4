"""Groups of bars, one bar for each method."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
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
    for method in values.columns:
        own = [bar for bar in drawn if bar.method == method]
        panel.bar(
            [bar.place for bar in own],
            [0.0 if pd.isna(bar.value) else bar.value for bar in own],
            0.94 * _WIDTH / len(values.columns),
            color=COLOURS[method],
            label=method,
        )
    return drawn


def label_end(panel: Axes, bar: Bar, text: str, *, rotation: int = 0) -> None:
    """Write a text beyond the end of a bar, or "gap" where it has no value."""
    gap = pd.isna(bar.value)
    up = gap or bar.value >= 0
    panel.annotate(
        "gap" if gap else text,
        (bar.place, 0 if gap else bar.value),
        xytext=(0, 1.5 if up else -1.5),
        textcoords="offset points",
        ha="center",
        va="bottom" if up else "top",
        rotation=rotation,
        fontsize=style.TINY,
        fontstyle="italic" if gap else "normal",
    )
