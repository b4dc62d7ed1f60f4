import json

import pytest

from metrics.rows import row
from mmpeft.metrics.scienceqa import option_accuracy, parse_option, parse_option_lenient
from shared_oracles import SCIENCEQA, needs

CHOICES = ["a solid", "liquid", "gas", "Plasma"]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("A", 0),
        ("D", 3),
        # The letter must be one of the four.
        ("E", None),
        ("Z", None),
        ("B. liquid", 1),
        ("B. ", 1),
        ("E. none", None),
        ("The answer is C.", 2),
        ("LECTURE: ice. SOLUTION: so.\nThe answer is B.", 1),
        ("The answer is A. The answer is B.", None),
        ("The answer is A. The answer is A.", None),
        # The pattern needs any one more character, and takes any.
        ("The answer is C", None),
        ("The answer is C\n", None),
        ("The answer is C!", 2),
        ("The answer is All of them", 0),
        ("the answer is C.", None),
        ("The answer is E.", None),
        ("a", None),
        ("A.", None),
        ("A.solid", None),
        ("(A)", None),
        ("A)", None),
        ("Answer: A", None),
        # LLaVA knows options A to E alone: another letter in front does not hide what is said.
        ("I. think so. The answer is B.", 1),
        ("E. think so. The answer is B.", None),
        (" A", None),
        ("AB", None),
        ("A B", None),
        ("liquid", None),
        ("", None),
    ],
)
def test_llava_reader(output, expected):
    assert parse_option(output, len(CHOICES)) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("B", 1),
        ("The answer is B.", 1),
        # 2: one letter and wrapping marks.
        ("b", 1),
        ("B.", 1),
        ("(b)", 1),
        ('"B"', 1),
        ("**B**", 1),
        ("[c]:", 2),
        ("e", None),
        ("1", None),
        # 3: a marked letter at the start.
        ("(a) a solid", 0),
        ("B) liquid", 1),
        ("C: gas", 2),
        ("D.Plasma", 3),
        ("B, because it flows", 1),
        ("E) none", None),
        ("i.e. gas", None),
        ("a, b", None),
        # 4: a phrase with a letter.
        ("Answer: B", 1),
        ("The correct option is C", 2),
        ("I choose option (D) here", 3),
        ("the answer is B", 1),
        ("Maybe option A. No, the answer is B", None),
        ("The answer is A. I repeat: the answer is A.", 0),
        ("The answer is a liquid", None),
        ("The answer is Gas", None),
        ("Answer: E", None),
        # 5: the text of a choice.
        ("Liquid.", 1),
        ("plasma", 3),
        ("A SOLID", 0),
        ("liquid gas", None),
        ("it flows", None),
        ("", None),
        ("...", None),
    ],
)
def test_lenient_reader(output, expected):
    assert parse_option_lenient(output, CHOICES) == expected


def test_a_text_that_fits_two_choices_is_not_guessed():
    assert parse_option_lenient("red", ["Red", "RED", "blue"]) is None


def test_number_of_choices_is_checked():
    assert parse_option("J", 10) == 9
    for n in (0, 11):
        with pytest.raises(ValueError, match="n_choices must be 1 to 10"):
            parse_option("A", n)


def test_accuracy_and_its_companions():
    rows = [row(["gas"], CHOICES), row(["liquid"], CHOICES), row(["liquid"], CHOICES)]
    score = option_accuracy(["C\n", "(B)", "A"], rows)
    assert score.per_item == (100, 0, 0)
    assert score.secondary["option_accuracy_lenient"].per_item == (100, 100, 0)
    assert score.secondary["option_unreadable"].per_item == (0, 100, 0)


@needs(SCIENCEQA)
def test_every_output_that_llavas_evaluator_read():
    cases = json.loads(SCIENCEQA.read_text(encoding="utf-8"))
    assert len(cases) == 600
    wrong = [
        case["id"]
        for case in cases
        # ScienceQA has up to five options; the oracle's -1 is our None.
        if (-1 if (i := parse_option(case["output"], 5)) is None else i) != case["parsed_index"]
    ]
    assert wrong == []
