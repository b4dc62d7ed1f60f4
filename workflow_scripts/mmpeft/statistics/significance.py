"""Tests of differences, and their correction for how many there are."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def mcnemar(left: np.ndarray, right: np.ndarray) -> float:
    """Exact two-sided p of equal accuracy of two methods on the same items (McNemar 1947).

    left, right: [N], whether each item is right. Only items on which they differ count; without
    any, p is 1. Raises ValueError for different numbers of items.
    """
    left, right = np.asarray(left, dtype=bool), np.asarray(right, dtype=bool)
    if left.shape != right.shape:
        raise ValueError(f"items of {left.shape} and {right.shape} are not paired")
    won, lost = np.count_nonzero(left & ~right), np.count_nonzero(right & ~left)
    return float(stats.binomtest(won, won + lost).pvalue) if won + lost else 1.0


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Correct the p of a family of tests (Holm 1979); None where there was no test.

    A family-wise error of at most q has who rejects those of at most q.
    """
    tested = [index for index, p in enumerate(p_values) if p is not None]
    order = sorted(tested, key=lambda index: p_values[index])
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - place) * p_values[index]))
        corrected[index] = largest
    return corrected
