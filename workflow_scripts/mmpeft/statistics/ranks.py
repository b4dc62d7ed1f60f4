"""Mean ranks of methods over data sets (Demsar 2006)."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

_PERMUTATIONS = 9_999


@dataclass(frozen=True)
class Ranks:
    """Mean rank of each method, 1 the best; `p` that all are equal, None where n forbids a test."""

    means: tuple[float, ...]
    blocks: int
    p: float | None


def mean_ranks(scores: np.ndarray, rng: np.random.Generator) -> Ranks:
    """Rank methods within each data set; ties share their mean rank.

    scores: [methods, data sets], larger is better. `p` is that of Friedman's statistic over
    permutations within data sets, since few data sets are too few for its chi-squared distribution;
    it needs three methods and two data sets.
    """
    scores = np.asarray(scores, dtype=float)
    methods, blocks = scores.shape
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    ranks = stats.rankdata(-scores, axis=0)
    means = tuple(float(mean) for mean in ranks.mean(axis=1))
    if methods < 3 or blocks < 2:
        return Ranks(means, blocks, None)

    def spread(*samples: np.ndarray, axis: int) -> np.ndarray:
        return sum(sample.mean(axis=axis) ** 2 for sample in samples)

    test = stats.permutation_test(
        list(ranks),
        spread,
        permutation_type="samples",
        alternative="greater",
        n_resamples=_PERMUTATIONS,
        rng=rng,
        vectorized=True,
    )
    return Ranks(means, blocks, float(test.pvalue))
