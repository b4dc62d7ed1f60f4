"""What every measure is given and returns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmpeft.datasets.registry import DatasetSpec

Row = Mapping[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Scores of answers.

    metric: name of the main score, the mean of `per_item`, where None is left out. hallucinated:
    of each answer what a judge found made up, None where it has not judged; None without a judge.
    replies: of each answer what the judge wrote, if it writes. scores: by name, with value, n,
    definition, subset; without the main score there is a `reason`.
    """

    metric: str
    per_item: Sequence[float | None]
    hallucinated: Sequence[tuple[str, ...] | None] | None
    scores: Record
    replies: Sequence[str | None] | None = None
    reason: str | None = None


# Takes answers, the rows they answer, the dataset, and a judge that can judge them, None without.
Measure = Callable[[Sequence[str], Sequence[Row], DatasetSpec, Any], Measured]


def score_record(values: Sequence[float], definition: str) -> Record:
    """The record of a score that is the mean of `values`, over all rows."""
    value = sum(values) / len(values)
    return {"value": value, "n": len(values), "definition": definition, "subset": "all"}
