"""IconQA: choose a text, and fill in the blank.

The official scripts (lupantech/IconQA) compare strings: the index of the choice in choose-txt, the
literal answer in fill-in-blank. A language model answers in words (Table 10 of the paper asks for
the text of a choice), so what it says is mapped to a choice by the rules below. ANLS, which
lmms-eval reports, would give half the credit to "13" for "12" and is not used.
"""

from collections.abc import Sequence

from mmpeft.datasets.prompts import OPTION_LETTERS
from mmpeft.metrics.options import plain
from mmpeft.metrics.score import Row, Score, accepted, check_lengths, gold_index, percent


def parse_choice(output: str, choices: Sequence[str]) -> int | None:
    """Index of the choice that an output names; None if it names none.

    The first rule that applies decides:
    1. the output is a choice, letter by letter;
    2. it equals exactly one choice apart from case, spacing and surrounding marks;
    3. it is an option letter (A is the first), unless a choice is itself a single letter;
    4. it is an index as in the official files (0 is the first), unless a choice is itself a number.
    """
    text = output.strip()
    stripped = [choice.strip() for choice in choices]
    if text in stripped:
        return stripped.index(text)
    ours = plain(text)
    if not ours:
        return None
    same = [i for i, choice in enumerate(stripped) if plain(choice) == ours]
    if len(same) == 1:
        return same[0]
    bare = ours.upper()
    if len(bare) == 1 and bare in OPTION_LETTERS:
        as_index = OPTION_LETTERS.index(bare)
        taken = any(len(plain(choice)) == 1 and plain(choice).isalpha() for choice in stripped)
    elif ours.isascii() and ours.isdigit():
        as_index = int(ours)
        taken = any(_is_number(choice) for choice in stripped)
    else:
        return None
    return as_index if as_index < len(choices) and not taken else None


def choice_accuracy(predictions: Sequence[str], rows: Sequence[Row]) -> Score:
    """Accuracy of the choice that `parse_choice` reads.

    Secondary: `choice_accuracy_text`, which accepts nothing but the exact text of the right choice,
    and `choice_unreadable`, the share of outputs that name no choice.
    """
    check_lengths(predictions, rows)
    gold = [gold_index(row) for row in rows]
    named = [parse_choice(p, row["choices"]) for p, row in zip(predictions, rows, strict=True)]
    text = [
        p.strip() == row["choices"][index].strip()
        for p, row, index in zip(predictions, rows, gold, strict=True)
    ]
    return Score(
        per_item=percent([a == b for a, b in zip(named, gold, strict=True)]),
        definition="accuracy, choice named by its text, letter or index",
        secondary={
            "choice_accuracy_text": Score(
                per_item=percent(text),
                definition="accuracy, exact text of the choice only",
            ),
            "choice_unreadable": Score(
                per_item=percent([a is None for a in named]),
                definition="share of outputs that name no choice",
            ),
        },
    )


def blank_accuracy(predictions: Sequence[str], rows: Sequence[Row]) -> Score:
    """Exact match after stripping, case folding and removal of commas ("8,488" is "8488").

    Secondary: `blank_accuracy_raw`, the official comparison of the bare strings.
    """
    check_lengths(predictions, rows)
    pairs = list(zip(predictions, map(accepted, rows), strict=True))
    return Score(
        per_item=percent([_filled(p) in map(_filled, answers) for p, answers in pairs]),
        definition="exact match without case, commas and surrounding space",
        secondary={
            "blank_accuracy_raw": Score(
                per_item=percent([p in answers for p, answers in pairs]),
                definition="exact match of the bare strings",
            )
        },
    )


def _filled(text: str) -> str:
    return text.replace(",", "").strip().casefold()


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "", 1).isdigit()
