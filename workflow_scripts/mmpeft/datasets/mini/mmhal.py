"""Questions that invite hallucination, of the eight types of MMHal-Bench (arXiv:2309.14525).

Beside its text and answer each question carries the fact that it asks for, so that a judge with the
scene graph can tell what an answer gets right and what it makes up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from mmpeft.datasets.mini import captions, questions
from mmpeft.datasets.mini.scene import SHAPES, SIZES, Scene, choose, other
from mmpeft.datasets.mini.text_skills import UNANSWERABLE
from mmpeft.datasets.prompts import CAPTION_PROMPTS


@dataclass(frozen=True)
class Asked:
    """A question, its answer and the fact it asks for, JSON-able.

    `fact` holds `attribute` (colour, shape, number, position, knowledge or scene), its `value`
    (None: the premise of the question is false) and, where the question names them, the `shape`
    and `colour` of what it is about.
    """

    text: str
    answer: str
    fact: dict[str, Any]


def _attribute(scene: Scene, rng: np.random.Generator) -> Asked | None:
    """The colour of the one star, or the shape of the one blue object."""
    given, wanted = choose(rng, (("shape", "colour"), ("colour", "shape")))
    things = scene.unique_by(given)
    if not things:
        return None
    thing = choose(rng, things)
    text = {
        "shape": f"what color is the {thing.shape}?",
        "colour": f"what shape is the {thing.colour} object?",
    }[given]
    value = getattr(thing, wanted)
    fact = {"attribute": wanted, "value": value, given: getattr(thing, given)}
    return Asked(text, value, fact)


def _adversarial(scene: Scene, rng: np.random.Generator) -> Asked:
    """The colour of a shape that is not there."""
    absent = other(rng, SHAPES, *(thing.shape for thing in scene.things))
    fact = {"attribute": "colour", "value": None, "shape": absent}
    return Asked(f"what color is the {absent}?", UNANSWERABLE, fact)


def _comparison(scene: Scene, rng: np.random.Generator) -> Asked | None:
    """Which of two objects is the big one, or the small one."""
    pairs = [
        (a, b)
        for a, b in permutations(scene.unique_by("shape"), 2)
        if (a.size, b.size) == ("big", "small")
    ]
    if not pairs:
        return None
    pair, size = choose(rng, pairs), choose(rng, SIZES)
    right = pair[SIZES.index(size)]
    first, second = (pair[i] for i in rng.permutation(2))
    text = f"which is {size}, the {first.shape} or the {second.shape}?"
    return Asked(text, right.shape, {"attribute": "shape", "value": right.shape})


def _counting(scene: Scene, rng: np.random.Generator) -> Asked:
    """The number of all objects, or of those with a shape or a colour."""
    thing = choose(rng, scene.things)
    about = choose(rng, ({}, {"shape": thing.shape}, {"colour": thing.colour}))
    if "shape" in about:
        text = f"how many {questions.PLURALS[thing.shape]} are there?"
    else:
        text = f"how many {about.get('colour', '')} objects are there?".replace("  ", " ")
    value = scene.count(**about)
    return Asked(text, str(value), {"attribute": "number", "value": value, **about})


def _relation(scene: Scene, rng: np.random.Generator) -> Asked | None:
    """The shape beside, above or below another."""
    asked = questions.neighbour(scene, rng)
    if asked is None:
        return None
    return Asked(asked.text, asked.answer, {"attribute": "shape", "value": asked.answer})


def _environment(scene: Scene, rng: np.random.Generator) -> Asked | None:
    """Where in the picture an object is: the only surroundings that these pictures have."""
    things = scene.unique_by("shape")
    if not things:
        return None
    thing = choose(rng, things)
    fact = {"attribute": "position", "value": thing.position, "shape": thing.shape}
    return Asked(f"where is the {thing.shape}?", thing.position, fact)


def _holistic(scene: Scene, rng: np.random.Generator) -> Asked:
    """A description of the whole picture."""
    answer = captions.plain_caption(scene)
    return Asked(choose(rng, CAPTION_PROMPTS), answer, {"attribute": "scene", "value": None})


def _other(scene: Scene, rng: np.random.Generator) -> Asked | None:
    """Knowledge that the picture does not hold."""
    asked = choose(rng, (questions.fruit, questions.place))(scene, rng)
    if asked is None:
        return None
    return Asked(asked.text, asked.answer, {"attribute": "knowledge", "value": asked.answer})


# In the order of the paper's Table 5. None where a scene does not support the question.
ASK: Mapping[str, Callable[[Scene, np.random.Generator], Asked | None]] = {
    "attribute": _attribute,
    "adversarial": _adversarial,
    "comparison": _comparison,
    "counting": _counting,
    "relation": _relation,
    "environment": _environment,
    "holistic": _holistic,
    "other": _other,
}
TYPES = tuple(ASK)
