"""How each method computes, with the names and shapes of the tensors that it adds at one place."""

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.axes import Axes

from mmpeft.figures.shapes import FROZEN, arrow, box, line, node, text

Site = Mapping[str, Any]
Diagram = Callable[[Axes, Site, str, float, float, float], None]

_HIGH = 16.0


def _tensor(axes: Axes, tensor: Mapping[str, Any], colour: str, x: float, y: float, width: float):
    """A box of something that is trained."""
    shape = " × ".join(map(str, tensor["shape"]))
    words = [(tensor["name"], True), (shape, False)]
    box(axes, x, y, width, _HIGH, words, fill=colour, edge=colour, colour="white")


def _frozen(axes: Axes, site: Site, x: float, y: float, width: float) -> None:
    name = site["module"].rpartition(".")[2]
    box(axes, x, y, width, _HIGH, [(name, False)], fill=FROZEN)


def adapter(axes: Axes, site: Site, colour: str, x: float, y: float, width: float) -> None:
    """A bottleneck with a skip connection, before or after a linear map."""
    down, up = site["tensors"]
    middle, right = x + width / 2, x + width - 8
    first = y + 66 if site["place"] == "output" else y + 2
    start = y + 2 if site["place"] == "output" else y + 20
    _frozen(axes, site, middle - 26, first, 52)
    line(axes, (middle, y + 84), (middle, y))
    _tensor(axes, down, colour, middle - 32, start + 40, 64)
    text(axes, middle + 4, start + 35, "tanh", ha="left")
    _tensor(axes, up, colour, middle - 32, start + 14, 64)
    line(axes, (middle, start + 60), (right, start + 60), (right, start + 6), (middle, start + 6))
    node(axes, middle, start + 6, "+")


def lora(axes: Axes, site: Site, colour: str, x: float, y: float, width: float) -> None:
    """A low-rank map beside a frozen one."""
    down, up = site["tensors"]
    left, right = x + 27, x + width - 32
    _frozen(axes, site, left - 25, y + 34, 50)
    _tensor(axes, down, colour, right - 26, y + 47, 52)
    _tensor(axes, up, colour, right - 26, y + 22, 52)
    line(axes, (left, y + 84), (left, y + 2))
    line(axes, (left, y + 74), (right, y + 74), (right, y + 10), (left, y + 10))
    node(axes, left, y + 10, "+")


def ia3(axes: Axes, site: Site, colour: str, x: float, y: float, width: float) -> None:
    """A vector that scales the input or the output of a frozen map."""
    left, right = x + 30, x + width - 28
    before = site["place"] == "input"
    at, frozen = (y + 60, y + 20) if before else (y + 18, y + 48)
    _frozen(axes, site, left - 26, frozen, 52)
    line(axes, (left, y + 84), (left, y + 2))
    _tensor(axes, site["tensors"][0], colour, right - 24, at - _HIGH / 2, 48)
    line(axes, (right - 24, at), (left, at))
    node(axes, left, at, "×")


def prefix(axes: Axes, site: Site, colour: str, x: float, y: float, width: float) -> None:
    """Keys and values before those of the first token, in every layer."""
    (tensor,) = site["tensors"]
    learned, left, middle = f"{tensor['shape'][0]} learned", x + 2, x + width / 2
    _frozen(axes, site, middle - 30, y + 2, 60)
    arrow(axes, (middle, y + 30), (middle, y + 18))
    for name, top in (("keys", y + 30), ("values", y + 43)):
        white = {"edge": colour, "colour": "white"}
        box(axes, left, top, 40, 12, [(learned, False)], fill=colour, **white)
        box(axes, left + 41, top, width - 47, 12, [(f"{name} of tokens", False)], fill=FROZEN)
    line(axes, (left + 20, y + 55), (left + 20, y + 66))
    _tensor(axes, tensor, colour, left, y + 66, 62)


DIAGRAMS: Mapping[str, Diagram] = {"adapter": adapter, "lora": lora, "ia3": ia3, "prefix": prefix}
