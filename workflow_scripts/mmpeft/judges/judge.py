"""What a judge is asked, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionVerdict:
    """Whether a caption names anything at all, and its words for what is not in the image."""

    names_something: bool
    hallucinated: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerVerdict:
    """The grade of an answer, 0 to 6 as in MMHal-Bench, and its words for what is not so.

    6, 5, 4, 3: no hallucination, from "very informative with good analysis" to "not informative";
    2, 1, 0: with hallucination, from "very informative" to "not informative".
    """

    grade: int
    hallucinated: tuple[str, ...]


class Judge(Protocol):
    """Compares what a model says with what an image shows; one verdict per text, in their order.

    Both take all texts at once, so that a judge which asks another model can do so in batches.
    """

    def captions(
        self, captions: Sequence[str], rows: Sequence[Row]
    ) -> Sequence[CaptionVerdict]: ...

    def answers(self, answers: Sequence[str], rows: Sequence[Row]) -> Sequence[AnswerVerdict]: ...
