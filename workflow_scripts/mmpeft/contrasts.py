"""Linear contrasts of cells, and how sure they are by the scores of single test items.

A contrast is a sum of cells with weights: one cell, the difference of two methods, an average over
data sets. On each test set its weighted sum is taken seed by seed and item by item, which pairs
what is compared, and then resampled over seeds and items; test sets share neither, so that their
parts add up as independent ones.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mmpeft import aggregation, items, statistics
from mmpeft.aggregation import OK
from mmpeft.collected import Collected
from mmpeft.statistics import Estimate

# Metrics whose items are right or wrong.
ACCURACIES = ("option_accuracy", "choice_accuracy", "blank_accuracy", "exact_match")
# Why there is no interval.
GAP, NO_ITEMS, UNPAIRED, CONSTANT, ONE = (
    "a cell is a gap",
    "no item scores",
    "other seeds or items",
    "nothing varies",
    "n=1",
)

_SEEDS = ("init_seed", "order_seed")

Weights = Mapping[int, float]


@dataclass(frozen=True)
class Effect:
    """The value of a contrast (NaN with a gap), its estimate, or `why` there is none."""

    value: float
    estimate: Estimate | None
    why: str = ""

    def interval(self, level: float = statistics.LEVEL) -> tuple[float, float] | None:
        return self.estimate.interval(level) if self.estimate else None

    def p_value(self) -> float | None:
        """Two-sided p of a contrast of 0."""
        return self.estimate.p_value() if self.estimate else None


UNKNOWN = Effect(float("nan"), None, GAP)


@dataclass(frozen=True)
class _Answers:
    """Scores of a cell, [seeds, items]; `ids` are codes of its items, in the order of `scores`."""

    seeds: tuple[tuple[int, int], ...]
    ids: bytes
    scores: np.ndarray


def weighted(*means: tuple[float, Sequence[int]]) -> Weights:
    """The weights of a sum of means over cells, each mean times a number; cells may recur."""
    weights: dict[int, float] = {}
    for times, cells in means:
        for cell in cells:
            weights[cell] = weights.get(cell, 0.0) + times / len(cells)
    return weights


class Cells:
    """The cells of `rows` of results by the columns `by`, with the scores of their test items.

    `table` is that of `aggregation.cells`; weights refer to its index. `scores` is what
    `items.by_record` gives. Raises ValueError if the runs of a cell differ in more than seeds.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        by: Sequence[str],
        scores: Mapping[tuple[Any, ...], pd.Series],
    ) -> None:
        """Aggregate; item scores are looked up when they are needed."""
        self.table = aggregation.cells(rows, by)
        number = rows.groupby(list(by), observed=True, sort=True, dropna=False).ngroup()
        runs = rows[["scores_record", "epoch", *_SEEDS]].assign(
            epoch=rows["epoch"].fillna(0), cell=number
        )
        self._runs: dict[int, list[tuple[Any, ...]]] = {}
        for *run, cell in runs.sort_values(list(_SEEDS)).itertuples(index=False, name=None):
            self._runs.setdefault(cell, []).append(tuple(run))
        test_set = "target_label" if "target_label" in by else "dataset_label"
        self._values = self.table["value"].to_dict()
        self._statuses = self.table["status"].to_dict()
        self._test_sets = self.table[test_set].astype(str).to_dict()
        self._scores = scores
        self._known: dict[int, _Answers | None] = {}

    def answers(self, cell: int) -> np.ndarray | None:
        """Item scores of a cell, [seeds, items]; None if a run of it has none."""
        found = self._answers(cell)
        return None if found is None else found.scores

    def effects(self, contrasts: Sequence[Weights]) -> list[Effect]:
        """Estimate contrasts; each has at least one weight.

        Draws depend on the test set and its items and seeds alone, so that a contrast has the same
        interval wherever it is shown.
        """
        found = [self._without_items(weights) for weights in contrasts]
        blocks: dict[tuple[Any, ...], list[int]] = {}
        for index, weights in enumerate(contrasts):
            if found[index].why:
                continue
            for test_set in dict.fromkeys(self._test_sets[cell] for cell in weights):
                first = self._answers(next(iter(self._on(test_set, weights))))
                blocks.setdefault((test_set, first.seeds, first.ids), []).append(index)
        sums: dict[int, Estimate] = {}
        for (test_set, *_), indices in blocks.items():
            scores = np.stack([self._sum(self._on(test_set, contrasts[i])) for i in indices])
            rng = np.random.default_rng(zlib.crc32(test_set.encode()))
            for index, part in zip(indices, statistics.estimates(scores, rng), strict=True):
                sums[index] = sums[index] + part if index in sums else part
        for index, estimate in sums.items():
            why = "" if estimate.varies else self._constant(contrasts[index])
            found[index] = Effect(found[index].value, None if why else estimate, why)
        return found

    def _without_items(self, weights: Weights) -> Effect:
        """The value of a contrast, and why its items cannot be resampled, if so."""
        value = float(sum(weight * self._values[cell] for cell, weight in weights.items()))
        if any(self._statuses[cell] != OK for cell in weights):
            return Effect(value, None, GAP)
        if any(self._answers(cell) is None for cell in weights):
            return Effect(value, None, NO_ITEMS)
        paired: dict[str, tuple[Any, ...]] = {}
        for cell in weights:
            answers = self._answers(cell)
            pairing = (answers.seeds, answers.ids)
            if paired.setdefault(self._test_sets[cell], pairing) != pairing:
                return Effect(value, None, UNPAIRED)
        return Effect(value, None)

    def _on(self, test_set: str, weights: Weights) -> Weights:
        return {cell: w for cell, w in weights.items() if self._test_sets[cell] == test_set}

    def _sum(self, weights: Weights) -> np.ndarray:
        return sum(weight * self._answers(cell).scores for cell, weight in weights.items())

    def _constant(self, weights: Weights) -> str:
        return ONE if all(self._answers(cell).scores.size == 1 for cell in weights) else CONSTANT

    def _answers(self, cell: int) -> _Answers | None:
        if cell not in self._known:
            self._known[cell] = self._look_up(cell)
        return self._known[cell]

    def _look_up(self, cell: int) -> _Answers | None:
        runs = self._runs[cell]
        parts = [self._scores.get((record, epoch)) for record, epoch, *_ in runs]
        if any(part is None for part in parts):
            return None
        ids = {part.index.codes.tobytes() for part in parts}
        if len(ids) > 1:
            return None
        seeds = tuple((init, order) for *_, init, order in runs)
        return _Answers(seeds, ids.pop(), np.stack([part.to_numpy() for part in parts]))


def of(data: Collected, rows: pd.DataFrame, by: Sequence[str]) -> Cells:
    """The cells of `rows`, which are some of `data.results`, with the items of `data`."""
    return Cells(rows, by, items.by_record(data.items))
