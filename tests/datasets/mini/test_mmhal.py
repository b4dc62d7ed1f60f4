import numpy as np
import pytest

from mmpeft.datasets.mini.mmhal import ASK, TYPES
from mmpeft.datasets.mini.scene import Scene, Thing

# A big red circle top left, a small blue star below it.
SCENE = Scene((Thing("circle", "red", "big", 0), Thing("star", "blue", "small", 2)))
TWINS = Scene((Thing("star", "red", "big", 0), Thing("star", "red", "big", 3)))

# All that can be asked of SCENE, by hand: question, answer, value of the fact.
EXPECTED = {
    "attribute": {
        ("what color is the circle?", "red", "red"),
        ("what color is the star?", "blue", "blue"),
        ("what shape is the red object?", "circle", "circle"),
        ("what shape is the blue object?", "star", "star"),
    },
    "adversarial": {
        (f"what color is the {shape}?", "unanswerable", None)
        for shape in ("square", "triangle", "cross", "heart")
    },
    "comparison": {
        (f"which is {size}, the {first} or the {second}?", right, right)
        for size, right in (("big", "circle"), ("small", "star"))
        for first, second in (("circle", "star"), ("star", "circle"))
    },
    "counting": {
        ("how many objects are there?", "2", 2),
        ("how many circles are there?", "1", 1),
        ("how many stars are there?", "1", 1),
        ("how many red objects are there?", "1", 1),
        ("how many blue objects are there?", "1", 1),
    },
    "relation": {
        ("what shape is above the star?", "circle", "circle"),
        ("what shape is below the circle?", "star", "star"),
    },
    "environment": {
        ("where is the circle?", "top left", "top left"),
        ("where is the star?", "bottom left", "bottom left"),
    },
    "other": {
        ("which food has the color of the circle?", "cherry", "cherry"),
        ("which food has the color of the star?", "berry", "berry"),
        ("what does the shape in the top left remind of?", "wheel", "wheel"),
        ("what does the shape in the bottom left remind of?", "sheriff", "sheriff"),
    },
}


@pytest.mark.parametrize("kind", sorted(EXPECTED))
def test_questions_and_answers_follow_from_the_scene(kind):
    rng = np.random.default_rng(0)
    asked = [ASK[kind](SCENE, rng) for _ in range(100)]
    found = {(one.text, one.answer, one.fact["value"]) for one in asked}
    assert found == EXPECTED[kind]


def test_a_holistic_question_is_answered_by_the_plain_caption():
    asked = ASK["holistic"](SCENE, np.random.default_rng(0))
    assert asked.answer == "a red circle in the top left and a blue star in the bottom left"
    assert asked.fact == {"attribute": "scene", "value": None}


@pytest.mark.parametrize("kind", ["attribute", "comparison", "relation", "environment"])
def test_what_equals_do_not_support_is_not_asked(kind):
    assert ASK[kind](TWINS, np.random.default_rng(0)) is None


def test_types_are_those_of_the_paper_in_its_order():
    assert TYPES == (
        "attribute",
        "adversarial",
        "comparison",
        "counting",
        "relation",
        "environment",
        "holistic",
        "other",
    )
