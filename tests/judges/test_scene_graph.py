"""The judge on cases that were decided by hand."""

import json
from itertools import pairwise

import numpy as np
import pytest

from mmpeft.datasets.mini import captions
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.mini.scene import Scene, Thing, sample_scene
from mmpeft.judges import JUDGES

JUDGE = JUDGES["scene_graph"]
# Two circles above, red and green, and a small blue star at the bottom right.
SCENE = Scene(
    (
        Thing("circle", "red", "big", 0),
        Thing("circle", "green", "big", 1),
        Thing("star", "blue", "small", 3),
    )
)


def row(scene, **asked):
    return {"meta": json.dumps({"scene": scene.graph(), "asked": asked})}


def judged(caption, scene=SCENE):
    return JUDGE.captions([caption], [row(scene)])[0]


@pytest.mark.parametrize(
    "caption",
    [
        "two circles and one star on a plain wall",
        "two circles and one star, one of them red",
        "a red circle sits next to a green circle",
        "a circle and a red circle",
        "a red circle and a circle",
        "there are three objects: a circle, a circle and a star. the red circle is above the star.",
        "a blue star and a red",
        "no hearts",
        # Where, how big and next to what is not judged.
        "a small red circle in the bottom right",
        "the star is above the red circle",
    ],
)
def test_what_is_there_may_be_named(caption):
    verdict = judged(caption)
    assert verdict.hallucinated == ()
    assert verdict.names_something


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("a red star", ("a red star",)),
        ("a heart and a blue star", ("a heart",)),
        ("three circles and one star", ("three circles",)),
        ("one circle and one star", ("one circle",)),
        ("no stars", ("no stars",)),
        ("four objects", ("four objects",)),
        ("two circles, one of them yellow", ("yellow",)),
        ("the yellow circle is above a star", ("the yellow circle",)),
        ("a banana and a blue star", ("a banana",)),
        # One star is there, a second one is not; the first mention takes the only one.
        ("a star and a blue star", ("a blue star",)),
        ("a red circle, a circle and a circle", ("a circle",)),
        ("two red circles", ("two red circles",)),
        ("a red object and a purple object", ("a purple object",)),
    ],
)
def test_what_is_not_there_is_hallucinated(caption, words):
    assert judged(caption).hallucinated == words


@pytest.mark.parametrize("caption", ["", "A", "2", "top left", "unanswerable", "and a"])
def test_a_caption_that_names_nothing_is_told_apart(caption):
    verdict = judged(caption)
    assert verdict.hallucinated == ()
    assert not verdict.names_something


def test_every_caption_that_is_written_from_a_scene_is_true_of_it():
    rng = np.random.default_rng(0)
    for _ in range(300):
        scene = sample_scene(rng)
        texts = [
            captions.plain_caption(scene),
            captions.rich_caption(scene, rng),
            *captions.human_captions(scene, rng),
        ]
        for text in texts:
            verdict = judged(text, scene)
            assert verdict.hallucinated == (), (text, scene)
            assert verdict.names_something


def test_plain_captions_of_other_scenes_are_mostly_false():
    rng = np.random.default_rng(0)
    scenes = [sample_scene(rng) for _ in range(200)]
    false = [
        bool(judged(captions.plain_caption(one), other).hallucinated)
        for one, other in pairwise(scenes)
    ]
    assert sum(false) > 0.9 * len(false)


STAR_COLOUR = {"attribute": "colour", "value": "blue", "shape": "star"}
BLUE_SHAPE = {"attribute": "shape", "value": "star", "colour": "blue"}
NO_HEART = {"attribute": "colour", "value": None, "shape": "heart"}
CIRCLES = {"attribute": "number", "value": 2, "shape": "circle"}
RED_OBJECTS = {"attribute": "number", "value": 1, "colour": "red"}
ALL = {"attribute": "number", "value": 3}
LEFT_OF = {"attribute": "shape", "value": "circle"}
WHERE = {"attribute": "position", "value": "bottom right", "shape": "star"}
FOOD = {"attribute": "knowledge", "value": "berry"}
WHOLE = {"attribute": "scene", "value": None}

# Fact asked for, answer, grade of the rubric.
GRADES = [
    (STAR_COLOUR, "blue", 5),
    (STAR_COLOUR, "a blue star", 5),
    (STAR_COLOUR, "a blue star and a red circle", 6),
    (STAR_COLOUR, "two circles and one star", 3),
    (STAR_COLOUR, "unanswerable", 3),
    (STAR_COLOUR, "", 3),
    (STAR_COLOUR, "circle", 3),
    (STAR_COLOUR, "blue and red", 2),
    (STAR_COLOUR, "a blue star and a heart", 2),
    (STAR_COLOUR, "red", 0),
    (STAR_COLOUR, "a red star", 0),
    (STAR_COLOUR, "heart", 0),
    (BLUE_SHAPE, "star", 5),
    (BLUE_SHAPE, "a blue star and a red circle", 6),
    (BLUE_SHAPE, "circle", 0),
    (BLUE_SHAPE, "a red circle", 3),
    (NO_HEART, "unanswerable", 5),
    (NO_HEART, "no", 5),
    (NO_HEART, "there is no heart", 5),
    (NO_HEART, "no heart, a blue star", 6),
    (NO_HEART, "a blue star", 3),
    (NO_HEART, "red", 0),
    (NO_HEART, "a red heart", 0),
    (CIRCLES, "2", 5),
    (CIRCLES, "two", 5),
    (CIRCLES, "two circles", 5),
    (CIRCLES, "two circles and one star", 6),
    (CIRCLES, "two circles and two stars", 2),
    (CIRCLES, "3", 0),
    (CIRCLES, "three circles", 0),
    (CIRCLES, "one red circle", 3),
    (RED_OBJECTS, "1", 5),
    (RED_OBJECTS, "one red object", 5),
    (ALL, "three objects", 5),
    (ALL, "two circles", 3),
    (ALL, "4", 0),
    (LEFT_OF, "circle", 5),
    (LEFT_OF, "the red circle", 5),
    (LEFT_OF, "a yellow circle", 2),
    (LEFT_OF, "star", 0),
    (LEFT_OF, "a red circle and a blue star", 3),
    (WHERE, "bottom right", 5),
    (WHERE, "the star is in the bottom right", 5),
    (WHERE, "a red circle in the top left and a star in the bottom right", 6),
    (WHERE, "top left", 0),
    (WHERE, "a star in the top left", 0),
    (WHERE, "a star", 3),
    (FOOD, "berry", 5),
    (FOOD, "cherry", 0),
    (FOOD, "blue", 3),
    (WHOLE, "a red circle, a green circle and a blue star", 5),
    (
        WHOLE,
        "a red circle in the top left, a green circle in the top right and a blue star in the "
        "bottom right",
        6,
    ),
    (
        WHOLE,
        "a red circle in the top right, a green circle in the top left and a blue star in the "
        "bottom right",
        5,
    ),
    (WHOLE, "two circles and one star", 4),
    (WHOLE, "a red circle", 4),
    (WHOLE, "2", 3),
    (WHOLE, "a red circle, a green circle, a blue star and a heart", 2),
    (WHOLE, "a red circle and a heart", 1),
    (WHOLE, "a heart", 0),
]


@pytest.mark.parametrize(("asked", "answer", "grade"), GRADES)
def test_answers_are_graded_by_the_rubric(asked, answer, grade):
    verdict = JUDGE.answers([answer], [row(SCENE, **asked)])[0]
    assert verdict.grade == grade
    assert bool(verdict.hallucinated) == (grade < 3)


def test_a_description_must_tell_of_each_of_two_equals():
    twins = row(Scene((Thing("star", "red", "big", 0), Thing("star", "red", "big", 3))), **WHOLE)
    said = ["a red star", "the red star", "a red star and a red star", "two red stars"]
    assert [v.grade for v in JUDGE.answers(said, [twins] * 4)] == [4, 4, 5, 5]


def test_hallucinated_words_are_those_of_the_answer():
    asked = row(SCENE, **STAR_COLOUR)
    assert JUDGE.answers(["red"], [asked])[0].hallucinated == ("red",)
    assert JUDGE.answers(["a heart and a heart"], [asked])[0].hallucinated == ("a heart",)


def test_the_reference_answer_of_every_question_is_informative():
    for index in range(160):
        asked = generate_row("mini-mmhal", "test", index)
        assert JUDGE.answers(asked["answers"], [asked])[0].grade >= 5
