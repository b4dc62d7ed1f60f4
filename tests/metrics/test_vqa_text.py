import json
from pathlib import Path

import pytest

from mmpeft.metrics.vqa_text import (
    CONTRACTIONS,
    clean,
    evalai,
    normalise,
    normalise_vizwiz,
    strip_punctuation,
)

# Texts made up here, and what EvalAIAnswerProcessor (MMF; as lmms-eval 0.7.3 has it) makes of them.
EVALAI = json.loads(
    (Path(__file__).parents[1] / "oracles" / "evalai_answers.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes", "yes"),
        ("the red dog", "red dog"),
        ("an apple a day", "apple day"),
        ("a", ""),
        ("two dogs", "2 dogs"),
        ("none", "0"),
        ("zero", "0"),
        ("Ten", "10"),
        ("eleven", "eleven"),
        ("dont know", "don't know"),
        ("YALL", "y'all"),
        ("couldnt've", "couldn't've"),
        ("couldn'tve", "couldn't've"),
        ("somebody'd", "somebodyd"),
        # The official entries for I'm and I've are capital, so they never apply.
        ("im", "im"),
        ("ive", "ive"),
        ("she's", "she's"),
        ("let's", "let's"),
        ("lets", "lets"),
        ("black/white", "black white"),
        ("t-shirt", "t shirt"),
        ("a_b", "b"),
        ("nike;adidas", "nike adidas"),
        # Next to a space anywhere, a mark is deleted everywhere.
        ("black/ white/red", "black whitered"),
        ("stop!", "stop"),
        # A comma between digits turns every replacement into a deletion.
        ("1,000", "1000"),
        ("1,000 black/white", "1000 blackwhite"),
        ("red,blue", "red blue"),
        # Neither colon, apostrophe nor per cent is punctuation here.
        ("12:30", "12:30"),
        ("it's", "it's"),
        ("100%", "100%"),
        ("2.5", "2.5"),
        ("5.", "5"),
        ("u.s.", "us"),
        (".5", ".5"),
    ],
)
def test_normalise(text, expected):
    assert normalise(text) == expected


def test_at_most_32_periods_are_removed():
    assert strip_punctuation("." * 40) == "." * 8


def test_a_contraction_is_found_by_dropping_one_apostrophe():
    assert CONTRACTIONS["'ows'at"] == CONTRACTIONS["ow's'at"] == "'ow's'at"
    assert "owsat" not in CONTRACTIONS
    # 120 official entries, less four with a capital and two that map a word to itself.
    assert len(CONTRACTIONS) == 114


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dont.", "don’t"),
        ("couldnt", "couldn't"),
        ("couldn'tve", "couldn’t’ve"),
        ("couldnt've", "couldnt've"),
        ("couldnt’ve", "couldn’t’ve"),
        ("we've", "we've"),
        ("the two cats", "2 cats"),
    ],
)
def test_normalise_vizwiz(text, expected):
    assert normalise_vizwiz(text) == expected


def test_clean_turns_breaks_into_spaces():
    assert clean("\ta\nb ") == "a b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes.", "yes"),
        ("1,000?", "1000"),
        ("dog's", "dog 's"),
        ("The Two Dogs\n", "2 dogs"),
        # Commas go first, so they no longer turn replacements into deletions.
        ("1,000 black/white", "1000 black white"),
        ("red, blue", "red blue"),
        ("red,blue", "redblue"),
    ],
)
def test_evalai(text, expected):
    assert evalai(text) == expected


def test_every_text_of_the_evalai_processor():
    assert len(EVALAI) == 600
    wrong = [case for case in EVALAI if evalai(case["said"]) != case["becomes"]]
    assert wrong == []
