"""Groups of bars, one bar for each method."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
import seaborn
from matplotlib.axes import Axes

from mmpeft.contrasts import Effect
from mmpeft.figures import style
from mmpeft.figures.style import COLOURS

_WIDTH = 0.84  # of a group of bars, where groups are 1 apart


class Bar(NamedTuple):
    """A bar: its `group` and `method`, its middle on the x axis, its value (NaN in a gap).

    `interval` are the ends of its whisker, None if it has none.
    """

    group: object
    method: str
    place: float
    value: float
    interval: tuple[float, float] | None = None


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


def draw_effects(panel: Axes, effects: pd.DataFrame) -> list[Bar]:
    """Draw bars of effects (`contrasts.Effect`) with a whisker over the interval of each."""
    intervals = (effect.interval() for line in effects.to_numpy() for effect in line)
    drawn = [
        bar._replace(interval=interval)
        for bar, interval in zip(draw_bars(panel, values_of(effects)), intervals, strict=True)
    ]
    with_one = [bar for bar in drawn if bar.interval]
    if with_one:
        low, high = zip(*(bar.interval for bar in with_one), strict=True)
        panel.vlines([bar.place for bar in with_one], low, high, colors="black", lw=0.6)
    return drawn


def values_of(effects: pd.DataFrame) -> pd.DataFrame:
    """The values of effects, NaN where one is a gap."""
    return effects.map(lambda effect: effect.value).astype(float)


def whiskers(effects: pd.DataFrame) -> str:
    """Say what the whiskers of `draw_effects` are, and which bars have none and why."""
    known: list[Effect] = [one for one in effects.to_numpy().ravel() if not pd.isna(one.value)]
    without = Counter(one.why for one in known if one.estimate is None)
    told = "whiskers: 95 % CI" if without.total() < len(known) else ""
    number = f" ({without.total()} of {len(known)} bars)" if told else ""
    lacking = f"no interval{number}: {', '.join(sorted(without))}" if without else ""
    return "; ".join(filter(None, (told, lacking)))


def label_end(panel: Axes, bar: Bar, text: str, *, rotation: int = 0) -> None:
    """Write a text beyond the end of a bar and its whisker, or that there is a gap."""
    gap = pd.isna(bar.value)
    up = gap or bar.value >= 0
    ends = (*(bar.interval or ()), bar.value)
    panel.annotate(
        style.GAP if gap else text,
        (bar.place, 0 if gap else max(ends) if up else min(ends)),
        xytext=(0, 1.5 if up else -1.5),
        textcoords="offset points",
        ha="center",
        va="bottom" if up else "top",
        rotation=rotation,
        fontsize=style.TINY,
        fontstyle="italic" if gap else "normal",
    )
