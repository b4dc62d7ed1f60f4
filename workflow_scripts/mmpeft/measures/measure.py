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

    metric: name of the main score, the mean of `per_item`. hallucinated: of each answer what a
    judge found made up; None without a judge. scores: by name, with value, n, definition, subset.
    """

    metric: str
    per_item: Sequence[float]
    hallucinated: Sequence[tuple[str, ...]] | None
    scores: Record


# Takes answers, the rows they answer, the dataset and the name of a judge, None without one.
Measure = Callable[[Sequence[str], Sequence[Row], DatasetSpec, str | None], Measured]


def score_record(values: Sequence[float], definition: str) -> Record:
    """The record of a score that is the mean of `values`, over all rows."""
    value = sum(values) / len(values)
    return {"value": value, "n": len(values), "definition": definition, "subset": "all"}
