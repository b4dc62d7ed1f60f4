"""Pages of text and pictures: everything is measured first, so that nothing overlaps.

All lengths are in points (1/72 inch), all places are measured from the top left.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path
from PIL import Image

POINTS_PER_INCH = 72
_LEADING = 1.25  # distance of baselines, in font sizes
_ASCENT = 0.95  # of the first baseline below the top, in font sizes
_ELLIPSIS = "…"


class Item(Protocol):
    """Something with a height that can be drawn with its top left at (x, y)."""

    height: float

    def draw(self, axes: Axes, x: float, y: float) -> None:
        """Draw it on axes whose units are points, y downwards."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How words look. Marked ones are bold and underlined, which also shows without colour."""

    colour: str = "black"
    bold: bool = False
    italic: bool = False
    marked: bool = False

    @property
    def weight(self) -> str:
        """matplotlib's font weight."""
        return "bold" if self.bold or self.marked else "normal"

    @property
    def slant(self) -> str:
        """matplotlib's font style."""
        return "italic" if self.italic else "normal"


PLAIN = Style()
Text = Sequence[tuple[str, Style]]  # texts one behind the other


@cache
def width_of(text: str, size: float, style: Style = PLAIN) -> float:
    """Width of a text on one line."""
    font = FontProperties(family="DejaVu Sans", size=size, weight=style.weight, style=style.slant)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]


@dataclass(frozen=True)
class _Piece:
    """Words of one style within a line, `x` from its left."""

    text: str
    style: Style
    x: float
    width: float


@dataclass(frozen=True)
class Paragraph:
    """Lines of text, as `paragraph` breaks them."""

    lines: tuple[tuple[_Piece, ...], ...]
    size: float

    @property
    def height(self) -> float:
        return len(self.lines) * _LEADING * self.size

    @property
    def width(self) -> float:
        """Width of the longest line."""
        return max((piece.x + piece.width for line in self.lines for piece in line), default=0.0)

    def draw(self, axes: Axes, x: float, y: float) -> None:
        for index, line in enumerate(self.lines):
            baseline = y + (index * _LEADING + _ASCENT) * self.size
            for piece in line:
                left = x + piece.x
                axes.text(
                    left,
                    baseline,
                    piece.text,
                    size=self.size,
                    color=piece.style.colour,
                    weight=piece.style.weight,
                    style=piece.style.slant,
                    va="baseline",
                    parse_math=False,
                )
                if piece.style.marked:
                    below = baseline + 0.18 * self.size
                    ends = [left, left + piece.width], [below, below]
                    axes.add_line(Line2D(*ends, color=piece.style.colour, lw=0.7))


def paragraph(
    text: str | Text, width: float, size: float, style: Style = PLAIN, max_lines: int | None = None
) -> Paragraph:
    """Break a text into lines no wider than `width`; a word that is wider is broken itself.

    style: that of a text given as a string. Of more than `max_lines` lines the rest is left out,
    which an ellipsis tells.
    """
    runs = [(text, style)] if isinstance(text, str) else text
    lines: list[list[tuple[str, Style]]] = [[]]
    at = 0.0
    for word, look, spaced in _words(runs, width, size):
        space = width_of(" ", size) if spaced and lines[-1] else 0.0
        needed = width_of(word, size, look)
        if lines[-1] and at + space + needed > width:
            lines.append([])
            at = space = 0.0
        lines[-1].append((" " * bool(space) + word, look))
        at += space + needed
    if max_lines is not None and len(lines) > max_lines:
        lines = lines[:max_lines]
        _shorten(lines[-1], width, size)
    return Paragraph(tuple(tuple(_pieces(line, size)) for line in lines), size)


def _words(runs: Text, width: float, size: float) -> Iterator[tuple[str, Style, bool]]:
    """Words with their style, and whether there is space before them."""
    spaced = False
    for text, style in runs:
        for part in re.findall(r"\s+|\S+", text):
            if part.isspace():
                spaced = True
                continue
            for index, piece in enumerate(_fitting(part, width, size, style)):
                yield piece, style, spaced and index == 0
            spaced = False


def _fitting(word: str, width: float, size: float, style: Style) -> Iterator[str]:
    """A word in parts that fit on a line."""
    start = 0
    for end in range(1, len(word) + 1):
        if end - start > 1 and width_of(word[start:end], size, style) > width:
            yield word[start : end - 1]
            start = end - 1
    yield word[start:]


def _shorten(line: list[tuple[str, Style]], width: float, size: float) -> None:
    """End a line with an ellipsis, in place of as many words as it takes."""

    def is_too_wide() -> bool:
        return sum(width_of(word, size, style) for word, style in line) > width - mark

    mark = width_of(f" {_ELLIPSIS}", size)
    while line and is_too_wide():
        line.pop()
    line.append((f" {_ELLIPSIS}", PLAIN))


def _pieces(line: list[tuple[str, Style]], size: float) -> Iterator[_Piece]:
    """Neighbours of one style joined; space between two styles belongs to neither."""
    at, index = 0.0, 0
    while index < len(line):
        style, words = line[index][1], []
        while index < len(line) and line[index][1] == style:
            words.append(line[index][0])
            index += 1
        joined = "".join(words)
        text = joined.lstrip()
        at += (len(joined) - len(text)) * width_of(" ", size)
        yield _Piece(text, style, at, width_of(text, size, style))
        at += width_of(text, size, style)


@dataclass(frozen=True)
class Picture:
    """An image of any size, scaled to fit a square; few pixels stay sharp squares."""

    image: Image.Image
    side: float

    @property
    def scaled(self) -> tuple[float, float]:
        """Width and height as drawn."""
        longest = max(self.image.size)
        return tuple(self.side * length / longest for length in self.image.size)

    @property
    def height(self) -> float:
        return self.scaled[1]

    def draw(self, axes: Axes, x: float, y: float) -> None:
        width, height = self.scaled
        # matplotlib's default keeps pixels square when it enlarges much, and smooths otherwise
        axes.imshow(self.image, extent=(x, x + width, y + height, y), aspect="auto")
        axes.add_patch(Rectangle((x, y), width, height, fill=False, lw=0.4, ec="black"))


@dataclass(frozen=True)
class Rule:
    """A thin horizontal line."""

    width: float
    colour: str
    height: float = 0.0

    def draw(self, axes: Axes, x: float, y: float) -> None:
        axes.add_line(Line2D([x, x + self.width], [y, y], color=self.colour, lw=0.5))


@dataclass(frozen=True)
class Swatch:
    """A small square of a colour."""

    side: float
    colour: str

    @property
    def height(self) -> float:
        return self.side

    def draw(self, axes: Axes, x: float, y: float) -> None:
        axes.add_patch(Rectangle((x, y), self.side, self.side, fc=self.colour, lw=0))


@dataclass
class Block:
    """Items at places of their own; itself an item."""

    items: list[tuple[float, float, Item]] = field(default_factory=list)

    @property
    def height(self) -> float:
        return max((y + item.height for _, y, item in self.items), default=0.0)

    def put(self, item: Item, x: float, y: float) -> float:
        """Add an item; returns where it ends."""
        self.items.append((x, y, item))
        return y + item.height

    def draw(self, axes: Axes, x: float, y: float) -> None:
        for dx, dy, item in self.items:
            item.draw(axes, x + dx, y + dy)


def page(content: Item, width: float, margin: float = 3.0) -> Figure:
    """A figure of that width, as high as its content."""
    height = content.height + 2 * margin
    figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    content.draw(axes, margin, margin)
    # last, since a picture sets them anew
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure
