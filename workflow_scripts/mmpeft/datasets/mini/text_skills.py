"""Text-only exercises of pre-training: look-up, cloze, knowledge, and what a text does not tell.

They form the skills that multiple choice needs before any picture is involved: matching a content
with an option, and naming its letter. Measured: image multiple choice stays at chance until the
text-only look-up works, and follows it within a few thousand samples (docs/mini-models.md).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mmpeft.datasets.mini.questions import FRUIT, NUMBER_WORDS, PLACE, PLURALS
from mmpeft.datasets.mini.scene import COLOURS, POSITIONS, SHAPES, SIZES, choose
from mmpeft.datasets.prompts import OPTION_LETTERS

QUALITIES = ("heavy", "light", "hot", "cold", "old", "new", "fast", "slow")
NUMBERS = ("1", "2", "3", "4")
THINGS = (*FRUIT.values(), *PLACE.values())
WORD_GROUPS: Sequence[tuple[str, ...]] = (
    COLOURS,
    SHAPES,
    SIZES,
    POSITIONS,
    NUMBERS,
    NUMBER_WORDS,
    tuple(PLURALS.values()),
    tuple(FRUIT.values()),
    tuple(PLACE.values()),
    QUALITIES,
)
_ALL_WORDS = sorted({word for group in WORD_GROUPS for word in group if " " not in word})
LETTER_REQUEST = "Answer with the option's letter from the given choices directly."
CHOICE_REQUEST = "Choose an option from the choices to answer the question."
CLOZE_REQUEST = "Fill in the blanks in (_) or answer this question."
UNANSWERABLE = "unanswerable"

Turn = tuple[str, str]  # what the user says, what the assistant answers


def lettered(choices: Sequence[str]) -> str:
    """`A. red B. blue`: options as the bases know them (mini-ScienceQA has `A.red, B.blue`)."""
    return " ".join(f"{letter}. {c}" for letter, c in zip(OPTION_LETTERS, choices, strict=False))


def letter_turn(text: str, answer: str, choices: Sequence[str], rng: np.random.Generator) -> Turn:
    """A question with lettered options; the answer is the letter.

    The request for a letter is spelt out in a third of them only: it is long.
    """
    letter = OPTION_LETTERS[choices.index(answer)]
    request = f" {LETTER_REQUEST}" if rng.random() < 0.3 else ""
    return f"{text} {lettered(choices)}{request}", letter


def choice_turn(text: str, answer: str, choices: Sequence[str], rng: np.random.Generator) -> Turn:
    """A question with bare choices; the answer is the text of one."""
    return f"{text} Choices: {', '.join(choices)} {CHOICE_REQUEST}", answer


def _pick_options(rng: np.random.Generator, sizes: Sequence[int] = (2, 3, 4)) -> list[str]:
    group = choose(rng, WORD_GROUPS)
    number = min(choose(rng, sizes), len(group))
    return [str(w) for w in rng.choice(group, size=number, replace=False)]


def find_letter(rng: np.random.Generator) -> Turn:
    choices = _pick_options(rng)
    answer = choose(rng, choices)
    return letter_turn(f"which option is {answer}?", answer, choices, rng)


def read_letter(rng: np.random.Generator) -> Turn:
    choices = _pick_options(rng)
    letter = OPTION_LETTERS[int(rng.integers(len(choices)))]
    return f"what is option {letter}? {lettered(choices)}", choices[OPTION_LETTERS.index(letter)]


def find_letters(rng: np.random.Generator) -> Turn:
    """Several look-ups in one list, each word said again right before its letter."""
    choices = _pick_options(rng, sizes=(3, 4))
    asked = [choices[i] for i in rng.permutation(len(choices))]
    answer = ", ".join(f"{word} {OPTION_LETTERS[choices.index(word)]}" for word in asked)
    return f"which option is {', '.join(asked)}? {lettered(choices)}", answer


def read_letters(rng: np.random.Generator) -> Turn:
    """Several options read out in another order, each letter said again right before its word.

    Said in this way a word follows from what stood behind its letter before: the simplest form of
    the look-back that the questions for a single letter or word need too.
    """
    words = [str(w) for w in rng.choice(_ALL_WORDS, choose(rng, (3, 4)), replace=False)]
    order = [int(i) for i in rng.permutation(len(words))]
    asked = ", ".join(OPTION_LETTERS[i] for i in order)
    answer = " ".join(f"{OPTION_LETTERS[i]}. {words[i]}" for i in order)
    return f"what is option {asked}? {lettered(words)}", answer


def _knowledge(rng: np.random.Generator) -> tuple[str, str, tuple[str, ...]]:
    if rng.random() < 0.5:
        colour = choose(rng, COLOURS)
        return f"which food is {colour}?", FRUIT[colour], tuple(FRUIT.values())
    shape = choose(rng, SHAPES)
    return f"what does a {shape} remind of?", PLACE[shape], tuple(PLACE.values())


def knowledge(rng: np.random.Generator) -> Turn:
    text, answer, pool = _knowledge(rng)
    form = rng.random()
    if form < 0.6:
        return text, answer
    distractors = [w for w in rng.permutation(list(pool)) if w != answer][: choose(rng, (1, 2, 3))]
    choices = [str(c) for c in rng.permutation([answer, *distractors])]
    return (letter_turn if form < 0.8 else choice_turn)(text, answer, choices, rng)


def draw_facts(rng: np.random.Generator) -> tuple[str, list[str], list[str]]:
    """A story of two or three facts, the things that it names, and the quality of each."""
    number = choose(rng, (2, 3))
    names = [str(n) for n in rng.choice(THINGS, number, replace=False)]
    qualities = [str(q) for q in rng.choice(QUALITIES, number, replace=False)]
    story = " and ".join(f"the {n} is {q}" for n, q in zip(names, qualities, strict=True)) + "."
    return story, names, qualities


def all_facts(rng: np.random.Generator) -> Turn:
    """Several questions about one story, each quality said again right before its thing."""
    story, names, qualities = draw_facts(rng)
    order = [int(i) for i in rng.permutation(len(names))]
    asked = ", ".join(qualities[i] for i in order)
    return f"{story} what is {asked}?", ", ".join(f"{qualities[i]} {names[i]}" for i in order)


def facts(rng: np.random.Generator) -> Turn:
    """Two or three stated facts and one question about them, in every answer format."""
    story, names, qualities = draw_facts(rng)
    number = len(names)
    k = int(rng.integers(number))
    form = rng.random()
    if form < 0.15:
        absent = choose(rng, [q for q in QUALITIES if q not in qualities])
        return f"{story} what is {absent}?", UNANSWERABLE
    if form < 0.35:
        return f"{story} the {names[k]} is _ . {CLOZE_REQUEST}", qualities[k]
    text = f"{story} what is {qualities[k]}?"
    if form < 0.5:
        return text, names[k]
    choices = [names[i] for i in rng.permutation(number)]
    return (letter_turn if form < 0.8 else choice_turn)(text, names[k], choices, rng)


def restate(rng: np.random.Generator) -> Turn:
    """A statement about an object that is only told of, asked back as a question or as a blank."""
    shape, colour = choose(rng, SHAPES), choose(rng, COLOURS)
    position, number = choose(rng, POSITIONS), choose(rng, NUMBERS)
    plural = PLURALS[shape]
    forms = {
        number: (
            f"there are {number} {plural}.",
            f"the number of {plural} is {number}.",
            f"how many {plural} are there?",
            f"the number of {plural} is _ .",
        ),
        colour: (
            f"there is a {colour} {shape}.",
            f"the color of the {shape} is {colour}.",
            f"what color is the {shape}?",
            f"the color of the {shape} is _ .",
        ),
        shape: (
            f"in the {position} there is a {shape}.",
            f"the object in the {position} is a {shape}.",
            f"what shape is in the {position}?",
            f"in the {position} there is a _ .",
        ),
    }
    answer = choose(rng, list(forms))
    told, told_too, question, blank = forms[answer]
    story = told if rng.random() < 0.5 else told_too
    if rng.random() < 0.5:
        return f"{story} {question}", answer
    return f"{story} {blank} {CLOZE_REQUEST}", answer


def sort_out(rng: np.random.Generator) -> Turn:
    """Which of these is a food, or is named most often?"""
    if rng.random() < 0.5:
        name, group = choose(rng, (("food", FRUIT), ("sight", PLACE)))
        answer = choose(rng, list(group.values()))
        rest = [w for w in THINGS if w not in group.values()]
        choices = [answer, *(str(w) for w in rng.choice(rest, choose(rng, (1, 2)), replace=False))]
        choices = [choices[i] for i in rng.permutation(len(choices))]
        make = letter_turn if rng.random() < 0.5 else choice_turn
        return make(f"which of these is a {name}?", answer, choices, rng)
    name, group = choose(rng, (("shape", SHAPES), ("color", COLOURS)))
    often, once = (str(w) for w in rng.choice(group, 2, replace=False))
    heard = [[often, often, once][i] for i in rng.permutation(3)]
    return f"{', '.join(heard)}. which {name} is there most often?", often


EXERCISES: Mapping[str, Callable[[np.random.Generator], Turn]] = {
    "find_letter": find_letter,
    "read_letter": read_letter,
    "find_letters": find_letters,
    "read_letters": read_letters,
    "knowledge": knowledge,
    "facts": facts,
    "restate": restate,
    "sort_out": sort_out,
    "all_facts": all_facts,
}


def text_turn(rng: np.random.Generator, exercises: Sequence[str]) -> Turn:
    """One of the named exercises; a name that stands twice is drawn twice as often."""
    return EXERCISES[choose(rng, exercises)](rng)
