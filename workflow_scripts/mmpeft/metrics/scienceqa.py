"""ScienceQA: which option does an output name, and is it the right one?

The headline reads outputs as LLaVA's `llava/eval/eval_science_qa.py` does. That reader is narrow:
"a", "A.", "(A)" and "Answer: A" count as failures. Our own lenient reader stands beside it, so that
a low score can be told apart from an unreadable one.
"""

import re
from collections.abc import Sequence

from mmpeft.datasets.prompts import OPTION_LETTERS
from mmpeft.metrics.options import WRAPPING, plain
from mmpeft.metrics.score import Row, Score, check_lengths, gold_index, percent

# LLaVA's `--options` default. ScienceQA has up to five choices; more are an extension of ours.
_LLAVA_OPTIONS = 5
# The final period matches any character: an official slip, so "The answer is A" at the very end of
# an output fails and "The answer is All" reads as A.
_LLAVA_SENTENCE = re.compile(r"The answer is ([A-Z]).")

_LEADING = re.compile(r"\(([A-Za-z])\)|\[([A-Za-z])\]|([A-Z])[.):,]")
_PHRASE = re.compile(
    r"(?i:\b(?:answer|option|choice|letter)(?:\s+is)?)\s*:?\s*[(\[\"'*]*([A-Z])(?![\w'])"
)


def parse_option(output: str, n_choices: int) -> int | None:
    """Index of the option that LLaVA's evaluator reads from an output; None where it fails.

    In this order: the output is one capital letter; it starts with a letter, a period and a space;
    it says "The answer is X." exactly once. The letter must be one of the `n_choices` options.
    """
    letters = _letters(n_choices)
    options = tuple(OPTION_LETTERS[: max(n_choices, _LLAVA_OPTIONS)])
    if output in options:
        letter = output
    elif output[:1] in options and output[1:3] == ". ":
        letter = output[0]
    else:
        said = _LLAVA_SENTENCE.findall(output)
        letter = said[0] if len(said) == 1 else ""
    return letters.index(letter) if letter and letter in letters else None


def parse_option_lenient(output: str, choices: Sequence[str]) -> int | None:
    """Index of the option that a patient human would read from an output; None if none or two.

    The first rule that applies decides:
    1. `parse_option` succeeds;
    2. nothing but one letter is left without wrapping marks, in either case: "a", "A.", "(b)";
    3. the output starts with a marked letter: "(a) ...", "B) ...", "C: ...", "D.red" (a bare letter
       must be a capital here, since "a, b" or "i.e." are no options);
    4. "answer", "option", "choice" or "letter" is followed by a capital letter ("Answer: B", "the
       correct option is C"); if several are named they must agree;
    5. the output equals exactly one choice, apart from case and wrapping marks.
    """
    letters = _letters(len(choices))
    if (index := parse_option(output, len(choices))) is not None:
        return index
    text = output.strip()
    bare = text.strip(WRAPPING)
    if len(bare) == 1 and bare.isalpha():
        return _index(bare, letters)
    if lead := _LEADING.match(text):
        return _index(next(filter(None, lead.groups())), letters)
    if named := set(_PHRASE.findall(text)):
        return _index(named.pop(), letters) if len(named) == 1 else None
    same = [i for i, choice in enumerate(choices) if plain(choice) == plain(text)]
    return same[0] if bare and len(same) == 1 else None


def option_accuracy(predictions: Sequence[str], rows: Sequence[Row]) -> Score:
    """Accuracy with LLaVA's reader; an output that cannot be read is wrong.

    Surrounding space is dropped first, as LLaVA's generation script does.
    Secondary: `option_accuracy_lenient`, and `option_unreadable`, the share that LLaVA's reader
    fails on.
    """
    check_lengths(predictions, rows)
    gold = [gold_index(row) for row in rows]
    strict = [
        parse_option(prediction.strip(), len(row["choices"]))
        for prediction, row in zip(predictions, rows, strict=True)
    ]
    lenient = [
        parse_option_lenient(prediction.strip(), row["choices"])
        for prediction, row in zip(predictions, rows, strict=True)
    ]
    return Score(
        per_item=percent([a == b for a, b in zip(strict, gold, strict=True)]),
        definition="accuracy, option letter read as LLaVA's ScienceQA evaluator does",
        secondary={
            "option_accuracy_lenient": Score(
                per_item=percent([a == b for a, b in zip(lenient, gold, strict=True)]),
                definition="accuracy, option read leniently (letter in any common form, or text)",
            ),
            "option_unreadable": Score(
                per_item=percent([a is None for a in strict]),
                definition="share of outputs in which LLaVA's ScienceQA evaluator finds no option",
            ),
        },
    )


def _letters(n_choices: int) -> str:
    if not 1 <= n_choices <= len(OPTION_LETTERS):
        raise ValueError(f"n_choices must be 1 to {len(OPTION_LETTERS)}, got {n_choices}")
    return OPTION_LETTERS[:n_choices]


def _index(letter: str, letters: str) -> int | None:
    index = letters.find(letter.upper())
    return None if index < 0 else index
