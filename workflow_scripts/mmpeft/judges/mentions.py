"""What a sentence of the mini world names: objects with colour, number and position.

The grammar is that of `mmpeft.datasets.mini.captions`, read leniently: articles, numbers, sizes,
colours and nouns in a row form a phrase, any other word ends it. Sizes are read over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mmpeft.datasets.mini.covers import TITLES
from mmpeft.datasets.mini.questions import DIGITS, FRUIT, NUMBER_WORDS, PLACE, PLURALS
from mmpeft.datasets.mini.scene import COLOURS, POSITIONS, SHAPES, SIZES

_ARTICLES = ("a", "an", "the")
_NUMBERS = {
    **{word: number for number, word in enumerate(NUMBER_WORDS)},
    **{digit: number for number, digit in enumerate(DIGITS)},
    **{str(number): number for number in range(len(DIGITS), 10)},
}
_SHAPES = {**{shape: shape for shape in SHAPES}, **{word: s for s, word in PLURALS.items()}}
_OBJECTS = ("object", "objects")
# Words for things that no picture of shapes shows.
ELSEWHERE = frozenset((*FRUIT.values(), *PLACE.values(), *TITLES, "book"))
_words = re.compile(r"\w+|[^\w\s]").findall


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One phrase of a sentence.

    noun: the shape, "object", or a word of ELSEWHERE; None for a phrase without one, such as a
    colour alone. number: None unless given as a numeral. definite: it begins with "the".
    position: one of POSITIONS if it follows the noun, or stands alone.
    """

    words: str
    noun: str | None = None
    colour: str | None = None
    number: int | None = None
    definite: bool = False
    position: str | None = None

    @property
    def shape(self) -> str | None:
        return self.noun if self.noun in SHAPES else None

    @property
    def is_elsewhere(self) -> bool:
        return self.noun in ELSEWHERE


def mentions(text: str) -> list[Mention]:
    """The phrases of `text` in order; one that the length limit broke off ("and a red") is none."""
    return list(_Reader(text.lower()).read())


class _Reader:
    """Goes through the words once, with the phrase begun so far."""

    def __init__(self, text: str) -> None:
        self.words = _words(text)
        self.at = 0
        self.phrase: list[str] = []

    def read(self) -> Iterator[Mention]:
        while self.at < len(self.words):
            word = self.words[self.at]
            if self._begins_anew(word):
                yield from self._without_noun()
            if word in _SHAPES or word in _OBJECTS or word in ELSEWHERE:
                yield self._with_noun(word)
            elif position := self._position(self.at):
                yield from self._without_noun()
                yield Mention(words=position, position=position)
                self.at += 2
            elif word in _ARTICLES or word in _NUMBERS or word in COLOURS or word in SIZES:
                self.phrase.append(word)
                self.at += 1
            else:
                yield from self._without_noun()
                self.at += 1
        if not self._is_broken_off():
            yield from self._without_noun()

    def _is_broken_off(self) -> bool:
        """Whether the phrase awaits a noun: it has an article, or more than a numeral."""
        if not self.phrase:
            return False
        first, *rest = self.phrase
        return first in _ARTICLES or (first in _NUMBERS and bool(rest))

    def _begins_anew(self, word: str) -> bool:
        """An article or numeral begins a phrase, and so does a second colour."""
        second_colour = word in COLOURS and any(part in COLOURS for part in self.phrase)
        return word in _ARTICLES or word in _NUMBERS or second_colour

    def _with_noun(self, word: str) -> Mention:
        """Take the phrase up to its noun, and where the object is said to be."""
        self.at += 1
        noun = _SHAPES.get(word, "object" if word in _OBJECTS else word)
        mention = self._mention([*self.phrase, word], noun)
        self.phrase = []
        return mention

    def _mention(self, words: list[str], noun: str | None) -> Mention:
        position = None if noun is None else self._following_position()
        return Mention(
            words=" ".join(words),
            noun=noun,
            colour=next((word for word in words if word in COLOURS), None),
            number=next((_NUMBERS[word] for word in words if word in _NUMBERS), None),
            definite="the" in words,
            position=position,
        )

    def _without_noun(self) -> Iterator[Mention]:
        """The phrase so far, if a colour or a number stands in it."""
        if any(word in COLOURS or word in _NUMBERS for word in self.phrase):
            yield self._mention(self.phrase, None)
        self.phrase = []

    def _following_position(self) -> str | None:
        """`[sits | is] in the top left`, right behind a noun; moves on past it."""
        at = self.at
        for optional in (("sits", "is"), ("in",), ("the",)):
            if at < len(self.words) and self.words[at] in optional:
                at += 1
        position = self._position(at)
        if position is not None:
            self.at = at + 2
        return position

    def _position(self, at: int) -> str | None:
        pair = " ".join(self.words[at : at + 2])
        return pair if pair in POSITIONS else None
