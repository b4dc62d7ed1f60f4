"""One look for all figures: colours, sizes, file formats, and how a gap is shown."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import zip_longest
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmpeft import aggregation
from mmpeft.artefacts import FIGURE_FORMATS
from mmpeft.files import whole_file

# Okabe and Ito's colours, told apart with any colour vision; one per method, in every figure.
COLOURS: Mapping[str, str] = {
    "Adapter": "#0072B2",
    "LoRA": "#D55E00",
    "IA3": "#009E73",
    "Prefix": "#CC79A7",
}
NEUTRAL = "#707070"  # what belongs to no method
COLUMN_WIDTH_INCHES = 3.35  # one column of a two-column page
FULL_WIDTH_INCHES = 7.0  # both columns
SMALL, TINY = 6.5, 6.0  # points: legends; numbers beside marks
GAP, NOT_PART = "gap", "not part of this study"  # in place of a number; of a panel or a page
_STYLE = {
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.labelsize": 7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "text.hinting": "none",  # letters of a bitmap as wide as those of pdf and svg
    "pdf.fonttype": 42,  # text stays text
    "svg.fonttype": "none",
    "svg.hashsalt": "mmpeft",  # element ids that do not change from run to run
    "savefig.dpi": 300,
}


def context() -> AbstractContextManager:
    """Settings to draw and to write a figure in."""
    return matplotlib.rc_context(_STYLE)


def figure(height_inches: float) -> Figure:
    """An empty figure, one column wide."""
    return Figure(figsize=(COLUMN_WIDTH_INCHES, height_inches), layout="constrained")


def write(drawn: Figure, folder: Path, name: str) -> None:
    """Write `folder/<name>.<format>` for every format; the same figure gives the same bytes."""
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
    with context():
        drawn.draw_without_rendering()
        drawn.set_layout_engine("none")  # the layout is done: not again for each format
        for suffix in FIGURE_FORMATS:
            with whole_file(folder / f"{name}.{suffix}") as part:
                drawn.savefig(part, format=suffix, metadata=undated[suffix])


def shared_legend(drawn: Figure, panels: Iterable[Axes]) -> None:
    """Put one legend above all panels, each name once."""
    named = {
        name: handle
        for axes in panels
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if named:
        drawn.legend(
            named.values(),
            named,
            loc="outside upper center",
            ncols=min(len(named), 5),
            fontsize=SMALL,
            columnspacing=1.2,
            handlelength=1.6,
        )


def cut(axes: Axes, top: float, highest: float) -> None:
    """End the y axis a little above `top`; if a curve leaves it there, say how high it goes."""
    end = 1.12 * top
    axes.set_ylim(top=end)
    if highest > end:
        axes.annotate(
            f"↑ up to {highest:.1f}",
            (1, 1),
            xycoords="axes fraction",
            ha="right",
            va="top",
            fontsize=TINY,
            color=NEUTRAL,
        )


def signed(value: float, decimals: int = 1) -> str:
    """A difference with its sign, a true minus as on axes."""
    return f"{value:+.{decimals}f}".replace("-", "−")


def mark(connector: str, colour: str) -> dict[str, object]:
    """What a point looks like: a filled circle for a tuned connector, an open one for a frozen."""
    face = colour if connector == "tuned" else "white"
    return {"marker": "o", "ms": 4.5, "mfc": face, "mec": colour, "mew": 1.1}


def legend_of_states(drawn: Figure, methods: Iterable[str], connectors: Iterable[str]) -> None:
    """Put a legend of the marks of methods, and below them of connector states, above all."""
    colours = [
        Line2D([], [], ls="", label=method, **mark("tuned", COLOURS[method]))
        for method in methods_in(methods)
    ]
    found = set(connectors)
    states = [
        Line2D([], [], ls="", label=f"connector {state}", **mark(state, "black"))
        for state in ("frozen", "tuned")
        if state in found
    ]
    # A legend fills its columns from top to bottom: methods shall be its first row.
    columns = zip_longest(colours, states)
    drawn.legend(
        handles=[handle for column in columns for handle in column if handle is not None],
        loc="outside upper center",
        ncols=max(len(colours), 1),
        fontsize=SMALL,
        columnspacing=1.0,
        handletextpad=0.2,
    )


def tell(axes: Axes, text: str) -> None:
    """Write in the middle of a panel why it shows nothing."""
    axes.text(
        0.5,
        0.5,
        text,
        ha="center",
        va="center",
        transform=axes.transAxes,
        color=NEUTRAL,
        fontstyle="italic",
    )


def tell_not_part(axes: Axes) -> None:
    """Say in an empty panel that the study has nothing for it."""
    tell(axes, NOT_PART)
    axes.set(xticks=[], yticks=[])


def average_of(what: str, rows: pd.DataFrame) -> str:
    """Name an average on an axis: of which scores, and in which units if it mixes two."""
    mixed = aggregation.mixed_in(rows)
    units = f"\n(percent; CIDEr × 100 of {' and '.join(mixed)})" if mixed else ""
    return f"{what}{units}"


def methods_in(labels: Iterable[str]) -> list[str]:
    """Those of these methods, each once, in the order of every figure."""
    found = set(labels)
    return [method for method in COLOURS if method in found]


def letters() -> Iterator[str]:
    """(a), (b), (c), ..."""
    return (f"({letter})" for letter in "abcdefghijklmnopqrstuvwxyz")
