"""Questions about a scene whose answers follow from its graph.

Every generator returns a `Question` or None when the scene does not support it (no object is
alone in its shape, say). The pool of a question holds its plausible answers, from which options
are drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mmpeft.datasets.mini.scene import (
    COLOURS,
    POSITIONS,
    SHAPES,
    SIZES,
    Scene,
    Thing,
    choose,
    other,
)

PLURALS = {shape: f"{shape}es" if shape == "cross" else f"{shape}s" for shape in SHAPES}
DIGITS = ("0", "1", "2", "3", "4")
NUMBER_WORDS = ("no", "one", "two", "three", "four")

# Knowledge that is not in the picture: mini-OKVQA asks for it.
FRUIT = dict(zip(COLOURS, ("cherry", "lime", "berry", "banana", "grape", "carrot"), strict=True))
PLACE = dict(
    zip(SHAPES, ("wheel", "window", "tent", "sheriff", "hospital", "valentine"), strict=True)
)


@dataclass(frozen=True)
class Question:
    """A question, its answer and the answers one might expect."""

    kind: str
    text: str
    answer: str
    pool: tuple[str, ...]


def _unique(scene: Scene, attribute: str, rng: np.random.Generator) -> Thing | None:
    things = scene.unique_by(attribute)
    return choose(rng, things) if things else None


def colour_of_shape(scene: Scene, rng: np.random.Generator) -> Question | None:
    thing = _unique(scene, "shape", rng)
    if thing is None:
        return None
    return Question("color", f"what color is the {thing.shape}?", thing.colour, COLOURS)


def shape_of_colour(scene: Scene, rng: np.random.Generator) -> Question | None:
    thing = _unique(scene, "colour", rng)
    if thing is None:
        return None
    return Question("shape", f"what shape is the {thing.colour} object?", thing.shape, SHAPES)


def colour_at(scene: Scene, rng: np.random.Generator) -> Question:
    thing = choose(rng, scene.things)
    text = f"what color is the object in the {thing.position}?"
    return Question("color_at", text, thing.colour, COLOURS)


def shape_at(scene: Scene, rng: np.random.Generator) -> Question:
    thing = choose(rng, scene.things)
    return Question("shape_at", f"what shape is in the {thing.position}?", thing.shape, SHAPES)


def position_of(scene: Scene, rng: np.random.Generator) -> Question | None:
    thing = _unique(scene, "shape", rng)
    if thing is None:
        return None
    return Question("position", f"where is the {thing.shape}?", thing.position, POSITIONS)


def size_of(scene: Scene, rng: np.random.Generator) -> Question | None:
    thing = _unique(scene, "shape", rng)
    if thing is None:
        return None
    return Question("size", f"what size is the {thing.shape}?", thing.size, SIZES)


def count_all(scene: Scene, rng: np.random.Generator) -> Question:
    number = DIGITS[len(scene.things)]
    return Question("count", "how many objects are there?", number, DIGITS[1:])


def count_shape(scene: Scene, rng: np.random.Generator) -> Question:
    shape = choose(rng, scene.things).shape
    number = DIGITS[scene.count(shape=shape)]
    return Question("count_shape", f"how many {PLURALS[shape]} are there?", number, DIGITS[1:])


def count_colour(scene: Scene, rng: np.random.Generator) -> Question:
    colour = choose(rng, scene.things).colour
    number = DIGITS[scene.count(colour=colour)]
    text = f"how many {colour} objects are there?"
    return Question("count_color", text, number, DIGITS[1:])


def exists(scene: Scene, rng: np.random.Generator) -> Question:
    """Yes half of the time; a no differs from a thing in the picture by its shape."""
    thing = choose(rng, scene.things)
    shape, answer = thing.shape, "yes"
    if rng.random() < 0.5:
        absent = [s for s in SHAPES if scene.count(shape=s) == 0]
        shape, answer = choose(rng, absent), "no"
    return Question("exists", f"is there a {shape}?", answer, ("yes", "no"))


def neighbour(scene: Scene, rng: np.random.Generator) -> Question | None:
    pairs = [(a, r, b) for a, r, b in scene.neighbours() if scene.count(shape=b.shape) == 1]
    if not pairs:
        return None
    a, relation, b = choose(rng, pairs)
    return Question("neighbor", f"what shape is {relation} the {b.shape}?", a.shape, SHAPES)


def fruit(scene: Scene, rng: np.random.Generator) -> Question | None:
    thing = _unique(scene, "shape", rng)
    if thing is None:
        return None
    text = f"which food has the color of the {thing.shape}?"
    return Question("fruit", text, FRUIT[thing.colour], tuple(FRUIT.values()))


def place(scene: Scene, rng: np.random.Generator) -> Question:
    thing = choose(rng, scene.things)
    text = f"what does the shape in the {thing.position} remind of?"
    return Question("place", text, PLACE[thing.shape], tuple(PLACE.values()))


PERCEPTION: Mapping[str, Callable[[Scene, np.random.Generator], Question | None]] = {
    "color": colour_of_shape,
    "shape": shape_of_colour,
    "color_at": colour_at,
    "shape_at": shape_at,
    "position": position_of,
    "size": size_of,
    "count": count_all,
    "count_shape": count_shape,
    "count_color": count_colour,
    "exists": exists,
    "neighbor": neighbour,
}
KNOWLEDGE: Mapping[str, Callable[[Scene, np.random.Generator], Question | None]] = {
    "fruit": fruit,
    "place": place,
}


def ask(
    generators: Mapping[str, Callable[[Scene, np.random.Generator], Question | None]],
    scene: Scene,
    rng: np.random.Generator,
) -> Question:
    """A question of a random kind that the scene supports; at least one kind must always apply."""
    for kind in rng.permutation(list(generators)):
        question = generators[str(kind)](scene, rng)
        if question is not None:
            return question
    raise ValueError(f"none of {sorted(generators)} can be asked about {scene}")


def options(
    question: Question, rng: np.random.Generator, sizes: tuple[int, ...] = (2, 3, 4)
) -> list[str]:
    """The answer among distractors of its pool, in random order."""
    number = min(choose(rng, sizes), len(question.pool))
    picked = [question.answer]
    while len(picked) < number:
        picked.append(other(rng, question.pool, *picked))
    return [picked[i] for i in rng.permutation(number)]
