"""Boxes, arrows and marks of diagrams, in points from the top left of a page."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from mmpeft.figures.page import Style, width_of
from mmpeft.figures.style import COLOURS, TINY

FROZEN = "#dcdcdc"
OPEN = "#ffffff"  # frozen in some runs and tuned in others
_CHIP = 7.5
_LINE = 0.7
_TEXT = 5.8
_MARGIN = 4.0  # of a box, left and right together

Place = tuple[float, float]


def text(
    axes: Axes,
    x: float,
    y: float,
    words: str,
    *,
    size: float = _TEXT,
    colour: str = "black",
    bold: bool = False,
    ha: str = "center",
) -> None:
    """One line, centred at the height y."""
    weight = "bold" if bold else "normal"
    axes.text(x, y, words, size=size, color=colour, weight=weight, ha=ha, va="center_baseline")


def box(
    axes: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    lines: Sequence[tuple[str, bool]],
    *,
    fill: str,
    edge: str = "black",
    colour: str = "black",
) -> None:
    """A box with lines of text, each with whether it is bold; long lines are set smaller."""
    look = {"fc": fill, "ec": edge, "lw": _LINE, "zorder": 2}
    axes.add_patch(FancyBboxPatch((x, y), width, height, "round,pad=0,rounding_size=2", **look))
    step = min(height / len(lines), 11.0) if len(lines) > 2 else 8.0
    first = y + height / 2 - step * (len(lines) - 1) / 2
    for index, (words, bold) in enumerate(lines):
        at = first + index * step
        wide = width_of(words, _TEXT, Style(bold=bold))
        size = _TEXT * min(1.0, (width - _MARGIN) / wide)
        text(axes, x + width / 2, at, words, size=size, bold=bold, colour=colour)


def frame(axes: Axes, x: float, y: float, width: float, height: float, fill: str = "none") -> None:
    """A dashed outline around other shapes."""
    look = {"fc": fill, "ec": "#909090", "lw": 0.6, "ls": (0, (3, 2)), "zorder": 1}
    axes.add_patch(Rectangle((x, y), width, height, **look))


def line(axes: Axes, *places: Place) -> None:
    """A line through these places, below all boxes."""
    axes.plot(*zip(*places, strict=True), color="black", lw=_LINE, zorder=1.5)


def arrow(axes: Axes, start: Place, end: Place) -> None:
    """A straight arrow."""
    look = {"arrowstyle": "-|>,head_width=0.15,head_length=0.3", "lw": _LINE, "color": "black"}
    look |= {"shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=look, zorder=1.5)


def chip(axes: Axes, x: float, y: float, method: str, *, filled: bool) -> None:
    """The mark of a method, with its initial, centred at (x, y); filled or outlined."""
    colour = COLOURS[method]
    look = {"fc": colour if filled else "white", "ec": colour, "lw": 0.9, "zorder": 4}
    corner = (x - _CHIP / 2, y - _CHIP / 2)
    axes.add_patch(Rectangle(corner, _CHIP, _CHIP, **look))
    ink = "white" if filled else colour
    inside = {"size": 5.5, "color": ink, "weight": "bold", "zorder": 5}
    axes.text(x, y + 0.2, method[0], ha="center", va="center_baseline", **inside)


def node(axes: Axes, x: float, y: float, sign: str) -> None:
    """A small circle with a sign."""
    axes.plot([x], [y], marker="o", ms=7.5, mfc="white", mec="black", mew=_LINE, zorder=3)
    axes.text(x, y, sign, size=TINY, ha="center", va="center_baseline", zorder=4)


def size_of(number: int) -> str:
    """A number of parameters with three digits: 33.0 k, 1.24 M, 7.06 G."""
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {letter} parameters"
    return f"{number} parameters"
