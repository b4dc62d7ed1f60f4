"""Bootstrap of means over seeds and test items.

All runs of a data set answer the same test items, so seeds and items are crossed: a draw takes
seeds with replacement, and items with replacement that are the same for all seeds (Owen 2007, "The
pigeonhole bootstrap"). Items drawn anew for each seed would make an interval too narrow. A paired
comparison of two methods is the bootstrap of their differences item by item.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import ndtri, stdtrit

DRAWS = 10_000
LEVEL = 0.95
# With fewer draws than this beyond a distance, its p is read off their tail.
_FEW = 50
_LEAST_P = 1e-9  # no tail is known further out
# Entries of a block of drawn counts: 32 MB.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Estimate:
    """A mean, how each draw moves it, and the variance of the mean by source.

    moves: [draws], in the unit of `value`. variances: of the seeds and of the items of each data
    set, with their degrees of freedom. Estimates of different data sets, which share neither seeds
    nor items, can be added.
    """

    value: float
    moves: np.ndarray
    variances: tuple[tuple[float, int], ...]

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            self.value + other.value, self.moves + other.moves, self.variances + other.variances
        )

    @property
    def varies(self) -> bool:
        """Whether seeds or items differ, without which there is neither interval nor p."""
        return self._degrees_of_freedom() is not None

    def interval(self, level: float = LEVEL) -> tuple[float, float] | None:
        """Percentile interval, made wider for few seeds or items; None if nothing varies.

        At 0 or 100 percent of all items a bootstrap says nothing.
        """
        stretch = self._stretch(level)
        if stretch is None:
            return None
        tail = (1 - level) / 2
        low, high = np.quantile(self.moves, [tail, 1 - tail])
        return float(self.value + stretch * low), float(self.value + stretch * high)

    def p_value(self, against: float = 0.0) -> float | None:
        """Two-sided p of a mean of `against`, at least 1e-9; None if nothing varies.

        The share of the draws that lie at least as far from the mean. Where those are too few to
        count, the tail of the draws goes on as that of Student's t with the standard error does
        (Knijnenburg et al. 2009 fit one of another shape): a count alone has a least p, which a
        correction for many tests multiplies.
        """
        df = self._degrees_of_freedom()
        if df is None:
            return None
        spread = np.sqrt(sum(variance for variance, _ in self.variances))
        # The distance among normal draws that is as rare as the one observed is among t: as in
        # `interval`, few seeds or items take away from what a distance says.
        tail = stats.t.sf(abs(self.value - against) / spread, df)
        distances = np.abs(self.moves)
        extreme = np.count_nonzero(distances >= stats.norm.isf(tail) * spread)
        few = min(_FEW, len(distances))
        if extreme < few:
            last = np.partition(distances, -few)[-few]
            beyond = min(1.0, tail / stats.norm.sf(last / spread))
            return float(max((few + 1) / (len(distances) + 1) * beyond, _LEAST_P))
        return float((extreme + 1) / (len(distances) + 1))

    def _stretch(self, level: float) -> float | None:
        """How much wider a t interval is than a normal one."""
        df = self._degrees_of_freedom()
        if df is None:
            return None
        quantile = 1 - (1 - level) / 2
        return float(stdtrit(df, quantile) / ndtri(quantile))

    def _degrees_of_freedom(self) -> float | None:
        """Of the sum of variances (Satterthwaite 1946)."""
        total = sum(variance for variance, _ in self.variances)
        if total <= 0:
            return None
        return total**2 / sum(v**2 / df for v, df in self.variances if v > 0)


def estimates(
    scores: np.ndarray, rng: np.random.Generator, draws: int = DRAWS
) -> tuple[Estimate, ...]:
    """Bootstrap the mean of each of K sets of scores, all with the same draws.

    scores: [K, S, N] of S seeds and N items. With one seed the interval is over items alone. Raises
    ValueError for scores that are not finite, or of another shape.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.ndim != 3 or 0 in scores.shape:
        raise ValueError(f"scores must be [K, S, N], none of them 0, got {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    _, seeds, items = scores.shape
    means = scores.mean(axis=(1, 2))
    of_seeds, of_items = scores.mean(axis=2), scores.mean(axis=1)
    # Main effects alone: what a seed and an item have together is in both of them once already.
    moves = _moves(of_items - means[:, None], rng, draws)
    if seeds > 1:
        # A sample of S has (S - 1) / S of the variance that seeds have.
        few = np.sqrt(seeds / (seeds - 1))
        moves += few * _moves(of_seeds - means[:, None], rng, draws)
    return tuple(
        Estimate(
            float(mean),
            moves[:, k],
            tuple(
                (float(np.var(values[k], ddof=1)) / count, count - 1)
                for values, count in ((of_seeds, seeds), (of_items, items))
                if count > 1
            ),
        )
        for k, mean in enumerate(means)
    )


def _moves(deviations: np.ndarray, rng: np.random.Generator, draws: int) -> np.ndarray:
    """Mean deviation of each draw; deviations: [K, n], returns [draws, K]."""
    n = deviations.shape[1]
    parts = [counts @ deviations.T / n for counts in _counts(n, rng, draws)]
    return np.concatenate(parts)


def _counts(n: int, rng: np.random.Generator, draws: int) -> Iterator[np.ndarray]:
    """How often each of n things is drawn, n draws with replacement: blocks of [draws, n]."""
    size = max(1, _BLOCK // n)
    for start in range(0, draws, size):
        rows = min(size, draws - start)
        drawn = rng.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
