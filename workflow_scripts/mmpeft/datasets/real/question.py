"""What the modules of the real datasets have in common."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

PEOPLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A canonical row whose image has not been read yet; `image` is its name in the source."""

    id: str
    image: str | None
    question: str
    context: str = ""
    choices: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def row(self, split: str, image: bytes | None) -> dict[str, Any]:
        """The canonical row (`mmpeft.datasets.schema`)."""
        return {
            "id": self.id,
            "image": image,
            "context": self.context,
            "question": self.question,
            "choices": list(self.choices),
            "answers": list(self.answers),
            "references": list(self.references),
            "split": split,
            "meta": json.dumps(self.meta, sort_keys=True),
        }


def ten_answers(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The `answer` of each of the ten people whom the VQA score compares with.

    Raises ValueError for any other number of records.
    """
    if len(records) != PEOPLE:
        raise ValueError(f"it has {len(records)} answers, not {PEOPLE}")
    return tuple(record["answer"] for record in records)


class Material(Protocol):
    """A dataset as its publisher has it."""

    def questions(self, official: str) -> list[Question]:
        """All questions of an official split, always in the same order.

        Raises NoDataError where the files are not laid out as expected.
        """

    def image(self, name: str) -> bytes:
        """An encoded image; raises KeyError if there is none, ArchiveError if it is unreadable."""


Unit = Literal["rows", "rows_with_image", "images"]


@dataclass(frozen=True, slots=True)
class Expected:
    """How many `unit` an official split has, and who says so.

    `certain`: whether the publisher says so, or whoever made the copy that is read; a number known
    from elsewhere only warns.
    """

    official: str
    unit: Unit
    number: int
    said_by: str
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RealDataset:
    """How a real dataset is made.

    `open(folders)` gives its material from the folders of its sources, by their name; `splits` says
    from which official split each of ours is drawn; `images_from` names the published collection
    of its images; `notes` are for its data card.
    """

    name: str
    open: Callable[[Mapping[str, Path]], Material]
    splits: Mapping[str, str]
    expected: tuple[Expected, ...]
    images_from: str
    notes: tuple[str, ...]
