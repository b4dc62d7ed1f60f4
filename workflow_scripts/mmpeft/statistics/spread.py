"""Comparison of standard deviations."""

import math

from scipy import stats

from mmpeft.statistics.bootstrap import LEVEL


def sd_ratio(
    numerator: tuple[float, int], denominator: tuple[float, int], level: float = LEVEL
) -> tuple[float, tuple[float, float]]:
    """The ratio of two sample standard deviations, and its interval by Fisher's F.

    Each is given with its degrees of freedom. Exact for independent normal values; with few degrees
    of freedom the interval is wide: at 2 and 2 a ratio below 6.2 includes 1. Raises ValueError
    unless both are positive.
    """
    (above, df_above), (below, df_below) = numerator, denominator
    if min(above, below) <= 0 or min(df_above, df_below) < 1:
        raise ValueError(f"no ratio of sd {above} (df {df_above}) to sd {below} (df {df_below})")
    ratio, tail = above / below, (1 - level) / 2
    low, high = (stats.f.ppf(q, df_above, df_below) for q in (tail, 1 - tail))
    return ratio, (ratio / math.sqrt(high), ratio / math.sqrt(low))
