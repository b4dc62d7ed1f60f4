"""Draw rows from a split: by a seeded hash of their ids, so that smaller draws lie in larger ones.

Neither the order of a publisher's files nor a library's random numbers matter.
"""

import hashlib
from collections.abc import Iterable, Set

from mmpeft.datasets.real.question import Question

# The paper does not give its seed.
SEED = 42


class Pool:
    """The questions of an official split that have not been drawn yet."""

    def __init__(self, dataset: str, questions: Iterable[Question]) -> None:
        questions = list(questions)
        self._position = {question.id: number for number, question in enumerate(questions)}
        self._left = sorted(questions, key=lambda one: _rank(dataset, one.id))

    def __len__(self) -> int:
        return len(self._left)

    def draw(self, number: int) -> list[Question]:
        """The next questions, at most `number`, in the order of their source.

        In that order the images of one file are read one after another.
        """
        drawn, self._left = self._left[:number], self._left[number:]
        return sorted(drawn, key=lambda one: self._position[one.id])

    def leave_out(self, images: Set[str]) -> None:
        """Drop the questions on these images."""
        self._left = [one for one in self._left if one.image not in images]


def _rank(dataset: str, name: str) -> bytes:
    return hashlib.sha256(f"{SEED}/{dataset}/{name}".encode()).digest()
