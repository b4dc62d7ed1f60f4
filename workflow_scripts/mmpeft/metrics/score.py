"""What every metric returns, and the checks that they share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Score:
    """The result of one metric on one list of predictions.

    per_item: one value per prediction in the order given, in percent (CIDEr x 100). They are kept
    for paired statistics: two models scored on the same rows can be compared row by row.
    definition: what was computed, in words, fit for the note of a table.
    corpus: the value, where it is not the mean of `per_item`.
    secondary: other readings of the same predictions, by metric name.
    """

    per_item: tuple[float, ...]
    definition: str
    corpus: float | None = None
    secondary: Mapping[str, "Score"] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The value of the corpus: percent, or CIDEr x 100."""
        return sum(self.per_item) / self.n if self.corpus is None else self.corpus

    @property
    def n(self) -> int:
        return len(self.per_item)

    def records(self, name: str) -> dict[str, dict[str, Any]]:
        """Give {value, n, definition} of this score and its secondary ones by metric name."""
        named = {name: self, **self.secondary}
        return {
            key: {"value": score.value, "n": score.n, "definition": score.definition}
            for key, score in named.items()
        }


Metric = Callable[[Sequence[str], Sequence[Row]], Score]


def check_lengths(predictions: Sequence[str], rows: Sequence[Row]) -> None:
    """Raise ValueError unless there is exactly one prediction per row and at least one row."""
    if len(predictions) != len(rows):
        raise ValueError(f"{len(predictions)} predictions for {len(rows)} rows")
    if not rows:
        raise ValueError("nothing to score: no rows")


def accepted(row: Row) -> list[str]:
    """The answers of a row that count as right. Raises ValueError, naming the row, without one."""
    if not row["answers"]:
        raise ValueError(f"row {row['id']!r} has no answers to score against")
    return row["answers"]


def gold_index(row: Row) -> int:
    """Index of the right choice. Raises ValueError if the answer is none of the choices."""
    answer = accepted(row)[0]
    if answer not in row["choices"]:
        raise ValueError(f"row {row['id']!r}: answer {answer!r} is none of {row['choices']}")
    return row["choices"].index(answer)


def percent(right: Sequence[bool]) -> tuple[float, ...]:
    """100.0 for each true entry, 0.0 for each other."""
    return tuple(100.0 if item else 0.0 for item in right)
