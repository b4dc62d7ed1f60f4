"""What models are made of and where the methods sit in them, from outlines of module trees.

Drawn from `methods.outline`: all names, shapes and places are those of the modules. Lengths are in
points from the top left, as on every page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpeft.aggregation import MISSING
from mmpeft.artefacts.kinds import ArchitectureFigure
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.cards import model_label, nothing_to_show
from mmpeft.figures.method_diagrams import DIAGRAMS
from mmpeft.figures.page import POINTS_PER_INCH, Block, Style, page, paragraph
from mmpeft.figures.shapes import FROZEN, OPEN, arrow, box, chip, frame, line, size_of, text
from mmpeft.figures.style import COLOURS, NEUTRAL, TINY

Record = Mapping[str, Any]

_WIDTH = style.FULL_WIDTH_INCHES * POINTS_PER_INCH - 6
_GUTTER = 14.0
_PARTS_WIDTH = 84.0  # encoder and connector, left of the decoder layer
_MAP_WIDTH, _MAP_HEIGHT = 38.0, 20.0
_BLOCK_HEIGHT = 104.0
_PAD = 10.0  # between blocks, for the arrow from one to the next
_LAYER_TOP = 34.0  # title and answer
_HEADER = 23.0  # of a layer
_DIAGRAM_HEIGHT = 96.0
_OUTLINE_HEIGHT = _LAYER_TOP + _HEADER + 2 * (_BLOCK_HEIGHT + _PAD) + 24.0


def architecture(data: Collected, spec: ArchitectureFigure) -> Figure:
    """Draw a panel for each outlined model, and below one for each method in the first of them."""
    if not data.models:
        return nothing_to_show(f"{MISSING}: models are not described yet")
    study, letters = data.study, style.letters()
    labels = {one["name"]: one["label"] for one in study["set_up"]["methods"]}
    whole = Block()
    width = (_WIDTH - _GUTTER) / 2
    for index, model in enumerate(data.models):
        title = f"{next(letters)} {model_label(study, model['model'])}"
        whole.put(_Model(model, study, labels, title, width), index * (width + _GUTTER), 0.0)
    first = data.models[0]
    share = _WIDTH / len(first["methods"])
    for index, method in enumerate(first["methods"]):
        title = f"{next(letters)} {labels[method['method']]}"
        diagram = _Method(method, labels[method["method"]], first, title, share - 8)
        whole.put(diagram, index * share, _OUTLINE_HEIGHT + 8)
    note = (
        "Grey: frozen; colour: trained; white: frozen in some runs and tuned in others, or without "
        "weights. Norms and residual connections are left out. Shapes: out × in. Filled marks: "
        "default places of a method; outlined: other places in this study. Methods are drawn at "
        f"one place in {model_label(study, first['model'])}; parameters are those of all its "
        "default places."
    )
    below = paragraph(note, _WIDTH, TINY, Style(colour=NEUTRAL))
    whole.put(below, 0.0, _OUTLINE_HEIGHT + _DIAGRAM_HEIGHT + 14)
    return page(whole, _WIDTH + 6)


@dataclass(frozen=True)
class _Model:
    """The panel of one model: image to connector on the left, a decoder layer on the right."""

    model: Record
    study: Record
    labels: Mapping[str, str]
    title: str
    width: float
    height: float = _OUTLINE_HEIGHT

    def draw(self, axes: Axes, x: float, y: float) -> None:
        text(axes, x, y + 8, self.title, size=7.5, bold=True, ha="left")
        text(axes, x + self.width, y + 8, self.model["class"], colour=NEUTRAL, ha="right")
        left = x + _PARTS_WIDTH + 16
        self._layer(axes, left, y + _LAYER_TOP, x + self.width - left)
        self._parts(axes, x, y, left)

    def _parts(self, axes: Axes, x: float, y: float, left: float) -> None:
        """Bottom up: image, visual encoder, connector, and from there into the layers."""
        parts, bottom = self.model["parts"], y + self.height
        middle, turn, inside = x + _PARTS_WIDTH / 2, bottom - 168, (left + x + self.width) / 2
        text(axes, middle, bottom - 6, "image")
        arrow(axes, (middle, bottom - 12), (middle, bottom - 24))
        self._part(axes, x, bottom - 78, "visual encoder", parts["visual_encoder"])
        arrow(axes, (middle, bottom - 78), (middle, bottom - 94))
        self._part(axes, x, bottom - 148, "connector", parts["connector"])
        line(axes, (middle, bottom - 148), (middle, turn), (left - 8, turn), (left - 8, bottom - 6))
        text(axes, left - 11, turn - 6, "image tokens", ha="right")
        line(axes, (left - 8, bottom - 6), (x + self.width - 46, bottom - 6))
        text(axes, x + self.width, bottom - 6, "prompt tokens", ha="right")
        arrow(axes, (inside, bottom - 6), (inside, bottom - 22))

    def _part(self, axes: Axes, x: float, y: float, name: str, part: Record) -> None:
        axis = name.replace(" ", "_")
        own = [cell for cell in self.study["cells"] if cell["model"] == self.model["model"]]
        states = sorted({cell[axis] for cell in own})
        layers = f"{part['layers']} layers, " if part["layers"] else ""
        lines = [
            (name, True),
            (part["class"], False),
            (f"{layers}{size_of(part['parameters'])}", False),
            (" or ".join(states), False),
        ]
        fill = FROZEN if states == ["frozen"] else OPEN
        box(axes, x, y, _PARTS_WIDTH, 54.0, lines, fill=fill)

    def _layer(self, axes: Axes, x: float, y: float, width: float) -> None:
        """A decoder layer, its first block at the bottom."""
        layer, language = self.model["layer"], self.model["parts"]["language_model"]
        step, middle = _BLOCK_HEIGHT + _PAD, x + width / 2
        frame(axes, x, y, width, len(layer["blocks"]) * step + _HEADER + 2)
        text(axes, x + 4, y + 7, layer["class"], ha="left", bold=True)
        text(axes, x + 4, y + 15, f"1 of {layer['number']} layers", ha="left")
        text(axes, x + width - 4, y + 7, "language model", ha="right")
        text(axes, x + width - 4, y + 15, size_of(language["parameters"]), ha="right")
        text(axes, middle, y - 16, "answer")
        for index, block in enumerate(reversed(layer["blocks"])):
            top = y + _HEADER + index * step
            arrow(axes, (middle, top), (middle, top - (_PAD if index else _HEADER + 11)))
            self._block(axes, block, x + 4, top, width - 8)

    def _block(self, axes: Axes, block: Record, x: float, y: float, width: float) -> None:
        """The linear maps of a block: the last one in the tree reads what the others give."""
        *inputs, output = block["linears"]
        frame(axes, x, y, width, _BLOCK_HEIGHT, fill="#f7f7f7")
        middle, upper, lower = x + width / 2, y + 8, y + _BLOCK_HEIGHT - _MAP_HEIGHT - 9
        inner = upper + _MAP_HEIGHT + 12
        self._map(axes, block, output, middle - _MAP_WIDTH / 2, upper)
        arrow(axes, (middle, inner), (middle, upper + _MAP_HEIGHT))
        words = [(f"{block['name']} ({block['class']})", False)]
        for method, site in self._sites(block["name"]):
            words.append((site["place"], False))
            chip(axes, x + width - 6, inner + 10, self.labels[method], filled=site["default"])
        box(axes, x + 6, inner, width - 12, 20.0, words, fill="white", edge="#909090")
        step = width / len(inputs)
        for index, one in enumerate(inputs):
            centre = x + (index + 0.5) * step - 1.5
            arrow(axes, (centre, lower), (centre, inner + 20))
            self._map(axes, block, one, centre - _MAP_WIDTH / 2, lower)

    def _map(self, axes: Axes, block: Record, one: Record, x: float, y: float) -> None:
        """A linear map, with marks where methods act: below it, above it or beside it."""
        shape = "×".join(map(str, one["shape"]))
        lines = [(one["name"], False), (shape, False)]
        box(axes, x, y, _MAP_WIDTH, _MAP_HEIGHT, lines, fill=FROZEN)
        places: dict[str, list[tuple[str, bool]]] = {}
        for method, site in self._sites(f"{block['name']}.{one['name']}"):
            places.setdefault(site["place"], []).append((self.labels[method], site["default"]))
        for place, marks in places.items():
            for index, (label, filled) in enumerate(marks):
                across = x + _MAP_WIDTH / 2 + (index - (len(marks) - 1) / 2) * 9
                at = {
                    "input": (across, y + _MAP_HEIGHT + 3),
                    "output": (across, y - 3),
                    "beside": (x + _MAP_WIDTH + 2, y + _MAP_HEIGHT / 2 + index * 9),
                }[place]
                chip(axes, *at, label, filled=filled)

    def _sites(self, module: str) -> list[tuple[str, Record]]:
        return [
            (method["method"], site)
            for method in self.model["methods"]
            for site in method["sites"]
            if site["module"] == module
        ]


@dataclass(frozen=True)
class _Method:
    """The panel of one method: what it adds at the first of its places."""

    method: Record
    label: str
    model: Record
    title: str
    width: float
    height: float = _DIAGRAM_HEIGHT

    def draw(self, axes: Axes, x: float, y: float) -> None:
        site = self.method["sites"][0]
        chip(axes, x + 4, y + 5, self.label, filled=True)
        text(axes, x + 11, y + 5, self.title, size=7.5, bold=True, ha="left")
        number = size_of(self.method["parameters"])
        text(axes, x + self.width, y + 5, number, colour=NEUTRAL, ha="right")
        DIAGRAMS[self.method["method"]](axes, site, COLOURS[self.label], x, y + 12, self.width)
