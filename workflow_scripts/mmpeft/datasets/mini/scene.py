"""Scenes of coloured shapes: what is in a picture, before it is drawn.

A scene holds one to four objects in the four quadrants of the picture. The scene graph is kept with
every sample, so that a hallucinated object can be counted exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

SHAPES = ("circle", "square", "triangle", "star", "cross", "heart")
COLOURS = ("red", "green", "blue", "yellow", "purple", "orange")
SIZES = ("big", "small")
POSITIONS = ("top left", "top right", "bottom left", "bottom right")


@dataclass(frozen=True)
class Thing:
    """One object: a shape in a colour and a size, in a quadrant (index into POSITIONS)."""

    shape: str
    colour: str
    size: str
    quadrant: int

    @property
    def position(self) -> str:
        return POSITIONS[self.quadrant]

    @property
    def row(self) -> int:
        """0 = top, 1 = bottom."""
        return self.quadrant // 2

    @property
    def column(self) -> int:
        """0 = left, 1 = right."""
        return self.quadrant % 2


@dataclass(frozen=True)
class Scene:
    """The objects of a picture in reading order."""

    things: tuple[Thing, ...]

    def graph(self) -> list[dict]:
        """The scene graph as JSON-able data."""
        return [asdict(thing) | {"position": thing.position} for thing in self.things]

    def at(self, quadrant: int) -> Thing | None:
        """The object in a quadrant, if there is one."""
        return next((t for t in self.things if t.quadrant == quadrant), None)

    def count(self, *, shape: str | None = None, colour: str | None = None) -> int:
        """How many objects have this shape and this colour (None: any)."""
        return sum(shape in (None, t.shape) and colour in (None, t.colour) for t in self.things)

    def unique_by(self, attribute: str) -> list[Thing]:
        """The objects that alone have their value of `attribute` ("shape" or "colour")."""
        values = [getattr(t, attribute) for t in self.things]
        return [t for t, value in zip(self.things, values, strict=True) if values.count(value) == 1]

    def neighbours(self) -> list[tuple[Thing, str, Thing]]:
        """Pairs (a, relation, b) of objects that share a row or a column: a is <relation> b."""
        pairs = []
        for a in self.things:
            for b in self.things:
                if a.row == b.row and a.column != b.column:
                    pairs.append((a, "left of" if a.column < b.column else "right of", b))
                elif a.column == b.column and a.row != b.row:
                    pairs.append((a, "above" if a.row < b.row else "below", b))
        return pairs


def read_scene(graph: Sequence[Mapping]) -> Scene:
    """The scene whose `graph` this is."""
    names = ("shape", "colour", "size", "quadrant")
    return Scene(tuple(Thing(**{name: thing[name] for name in names}) for thing in graph))


def choose(rng: np.random.Generator, options: Sequence):
    """One element of `options`, uniformly."""
    return options[int(rng.integers(len(options)))]


def sample_scene(rng: np.random.Generator, counts: Sequence[int] = (1, 2, 3, 4)) -> Scene:
    """Draw a scene with a number of objects from `counts`.

    Attributes repeat more often than by chance, so that counting by attribute is worth asking.
    """
    number = choose(rng, counts)
    quadrants = sorted(rng.choice(4, size=number, replace=False).tolist())
    shapes = rng.choice(SHAPES, size=3, replace=False)
    colours = rng.choice(COLOURS, size=4, replace=False)
    return Scene(
        tuple(
            Thing(str(choose(rng, shapes)), str(choose(rng, colours)), choose(rng, SIZES), quadrant)
            for quadrant in quadrants
        )
    )


def other(rng: np.random.Generator, options: Sequence[str], *taken: str) -> str:
    """One element of `options` that is not among `taken`."""
    return choose(rng, [o for o in options if o not in taken])
