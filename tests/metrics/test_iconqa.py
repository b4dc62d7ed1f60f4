import pytest

from metrics.rows import row
from mmpeft.metrics.iconqa import blank_accuracy, choice_accuracy, parse_choice

COLOURS = ["red", "dark blue", "Green", "1/2"]
NUMBERS = ["3", "0", "1,000"]
LETTERS = ["B", "A", "X"]


@pytest.mark.parametrize(
    ("output", "choices", "expected"),
    [
        ("red", COLOURS, 0),
        (" red\n", COLOURS, 0),
        ("Red.", COLOURS, 0),
        ("dark  blue", COLOURS, 1),
        ("green", COLOURS, 2),
        ("(1/2)", COLOURS, 3),
        ("A", COLOURS, 0),
        ("c", COLOURS, 2),
        ("(B)", COLOURS, 1),
        ("D.", COLOURS, 3),
        ("E", COLOURS, None),
        ("0", COLOURS, 0),
        ("3", COLOURS, 3),
        ("4", COLOURS, None),
        ("blue", COLOURS, None),
        ("red or green", COLOURS, None),
        ("", COLOURS, None),
        # The choices are numbers: a number is a text, never an index.
        ("0", NUMBERS, 1),
        ("3", NUMBERS, 0),
        ("1", NUMBERS, None),
        ("2", NUMBERS, None),
        ("1,000", NUMBERS, 2),
        ("A", NUMBERS, 0),
        # The choices are letters: a letter is a text, never a position.
        ("A", LETTERS, 1),
        ("b", LETTERS, 0),
        ("C", LETTERS, None),
        ("2", LETTERS, 2),
        # Two choices that differ in case: only the exact text tells them apart.
        ("RED", ["Red", "RED"], 1),
        ("red", ["Red", "RED"], None),
        ("!", ["!", "?"], 0),
        (".", ["!", "?"], None),
    ],
)
def test_parse_choice(output, choices, expected):
    assert parse_choice(output, choices) == expected


def test_choice_accuracy():
    rows = [row(["red"], COLOURS)] * 4
    score = choice_accuracy(["red", "A", "green", "pink"], rows)
    assert score.per_item == (100, 100, 0, 0)
    assert score.secondary["choice_accuracy_text"].per_item == (100, 0, 0, 0)
    assert score.secondary["choice_unreadable"].per_item == (0, 0, 0, 100)


@pytest.mark.parametrize(
    ("answer", "prediction", "right", "raw"),
    [
        ("8,488", "8,488", 100, 100),
        ("8,488", "8488", 100, 0),
        ("8488", " 8,488 ", 100, 0),
        ("six", "Six", 100, 0),
        ("o'clock", "o'clock", 100, 100),
        # No partial credit, unlike ANLS, and no number words.
        ("12", "13", 0, 0),
        ("100", "1000", 0, 0),
        ("6", "six", 0, 0),
        ("6", "6.", 0, 0),
        ("6", "", 0, 0),
    ],
)
def test_blank_accuracy(answer, prediction, right, raw):
    score = blank_accuracy([prediction], [row([answer])])
    assert score.value == right
    assert score.secondary["blank_accuracy_raw"].value == raw


def test_any_accepted_answer_fills_the_blank():
    assert blank_accuracy(["two"], [row(["2", "two"])]).value == 100
