import numpy as np
import pytest

from mmpeft.datasets.mini import questions
from mmpeft.datasets.mini.captions import human_captions, plain_caption, rich_caption
from mmpeft.datasets.mini.scene import Scene, Thing, sample_scene

SCENE = Scene((Thing("circle", "red", "big", 0), Thing("star", "blue", "small", 2)))
GENERATORS = {**questions.PERCEPTION, **questions.KNOWLEDGE}

# what can be asked of SCENE, by hand
ANSWERS = {
    "what color is the circle?": "red",
    "what color is the star?": "blue",
    "what shape is the red object?": "circle",
    "what shape is the blue object?": "star",
    "what color is the object in the top left?": "red",
    "what color is the object in the bottom left?": "blue",
    "what shape is in the top left?": "circle",
    "what shape is in the bottom left?": "star",
    "where is the circle?": "top left",
    "where is the star?": "bottom left",
    "what size is the circle?": "big",
    "what size is the star?": "small",
    "how many objects are there?": "2",
    "how many circles are there?": "1",
    "how many stars are there?": "1",
    "how many red objects are there?": "1",
    "how many blue objects are there?": "1",
    "is there a circle?": "yes",
    "is there a star?": "yes",
    "what shape is above the star?": "circle",
    "what shape is below the circle?": "star",
    "which food has the color of the circle?": "cherry",
    "which food has the color of the star?": "berry",
    "what does the shape in the top left remind of?": "wheel",
    "what does the shape in the bottom left remind of?": "sheriff",
}


@pytest.mark.parametrize("kind", sorted(GENERATORS))
def test_answers_follow_from_the_scene(kind):
    rng = np.random.default_rng(1)
    for _ in range(20):
        question = GENERATORS[kind](SCENE, rng)
        assert question.kind == kind
        if question.text.startswith("is there") and question.text not in ANSWERS:
            assert question.answer == "no"
        else:
            assert question.answer == ANSWERS[question.text]
        assert question.answer in question.pool


def test_a_scene_of_equals_refuses_questions_about_the_one():
    twins = Scene((Thing("star", "red", "big", 0), Thing("star", "red", "big", 3)))
    rng = np.random.default_rng(1)
    assert questions.colour_of_shape(twins, rng) is None
    assert questions.neighbour(twins, rng) is None
    assert questions.ask(GENERATORS, twins, rng).answer


def test_nothing_to_ask_is_an_error():
    twins = Scene((Thing("star", "red", "big", 0), Thing("star", "red", "big", 3)))
    with pytest.raises(ValueError, match="none of \\['color'\\]"):
        questions.ask({"color": questions.colour_of_shape}, twins, np.random.default_rng(1))


def test_options_hold_the_answer_once():
    rng = np.random.default_rng(2)
    places = []
    for _ in range(100):
        question = questions.ask(GENERATORS, sample_scene(rng), rng)
        options = questions.options(question, rng)
        assert len(set(options)) == len(options) in (2, 3, 4)
        assert set(options) <= set(question.pool)
        places.append(options.index(question.answer))
    assert {0, 1, 2} <= set(places)


def test_captions():
    assert plain_caption(SCENE) == "a red circle in the top left and a blue star in the bottom left"
    rich = rich_caption(SCENE, np.random.default_rng(0))
    assert rich.startswith("there are two objects: a big red circle in the top left and a small")
    lone = Scene(SCENE.things[:1])
    assert rich_caption(lone, np.random.default_rng(0)).startswith("there is one object: a big red")
    references = human_captions(SCENE, np.random.default_rng(0))
    assert len(references) == 5
    assert references[0] == "one circle and one star on a plain wall"
    assert all("circle" in r or "star" in r for r in references)
