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
    grade: None where the reply of the judge holds none. hallucinated: empty also where the judge
    names no words. reply: what the judge wrote, if it writes.
    """

    grade: int | None
    hallucinated: tuple[str, ...] = ()
    reply: str | None = None


class CaptionJudge(Protocol):
    """Tells what captions name that an image does not show; all of them in one call.

    `name` stands in the definition of a score. One verdict per caption, in their order; None for
    a caption that the judge has not looked at yet.
    """

    @property
    def name(self) -> str: ...

    def captions(
        self, captions: Sequence[str], rows: Sequence[Row]
    ) -> Sequence[CaptionVerdict | None]: ...


class AnswerJudge(Protocol):
    """Grades answers to questions about an image; one verdict per answer, in their order."""

    @property
    def name(self) -> str: ...

    def answers(self, answers: Sequence[str], rows: Sequence[Row]) -> Sequence[AnswerVerdict]: ...
