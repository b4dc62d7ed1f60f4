import pytest

from mmpeft.judges.mentions import Mention, mentions


def named(text):
    """Noun, colour and number of each phrase: enough to tell them apart in most cases."""
    return [(m.noun, m.colour, m.number) for m in mentions(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red circle and an orange star", [("circle", "red", None), ("star", "orange", None)]),
        ("two circles and one star on a plain wall", [("circle", None, 2), ("star", None, 1)]),
        ("no hearts , 3 crosses", [("heart", None, 0), ("cross", None, 3)]),
        ("a big red circle", [("circle", "red", None)]),
        ("one star, one of them red", [("star", None, 1), (None, None, 1), (None, "red", None)]),
        ("a picture of a star, mostly small", [("star", None, None)]),
        ("there are two objects: a heart", [("object", None, 2), ("heart", None, None)]),
        ("two red objects", [("object", "red", 2)]),
        ("red blue star", [(None, "red", None), ("star", "blue", None)]),
        ("star star", [("star", None, None), ("star", None, None)]),
        ("the cherry", [("cherry", None, None)]),
        ("Red CIRCLE", [("circle", "red", None)]),
        ("", []),
        ("unanswerable", []),
        ("A", []),
    ],
)
def test_phrases_are_found(text, expected):
    assert named(text) == expected


@pytest.mark.parametrize(
    ("text", "noun", "position"),
    [
        ("a red circle in the top left", "circle", "top left"),
        ("a star sits in the bottom right", "star", "bottom right"),
        ("the star is in the bottom right", "star", "bottom right"),
        ("star top left", "star", "top left"),
        ("a star left of a heart", "star", None),
        ("top left", None, "top left"),
        ("in the top left", None, "top left"),
    ],
)
def test_the_position_belongs_to_the_noun_before_it(text, noun, position):
    first = mentions(text)[0]
    assert (first.noun, first.position) == (noun, position)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a star and a purple", 1),
        ("a star and two big", 1),
        ("a star and a", 1),
        ("a star and two", 2),
        ("a star and red", 2),
    ],
)
def test_a_phrase_that_was_broken_off_names_nothing(text, number):
    assert len(mentions(text)) == number


def test_a_mention_keeps_its_words_and_its_article():
    assert mentions("the big red star sits above a blue heart") == [
        Mention(words="the big red star", noun="star", colour="red", definite=True),
        Mention(words="a blue heart", noun="heart", colour="blue"),
    ]


def test_what_is_a_shape_and_what_is_found_elsewhere():
    star, thing, cherry = mentions("a star, an object, a cherry")
    assert (star.shape, thing.shape, cherry.shape) == ("star", None, None)
    assert [m.is_elsewhere for m in (star, thing, cherry)] == [False, False, True]
