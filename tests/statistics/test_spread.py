import numpy as np
import pytest

from mmpeft.statistics import sd_ratio


def test_three_seeds_tell_only_very_different_spreads_apart():
    # F of 2 and 2 degrees of freedom has its 97.5 % point at 39
    ratio, (low, high) = sd_ratio((6.0, 2), (1.0, 2))
    assert ratio == 6.0
    assert low == pytest.approx(6 / np.sqrt(39))
    assert high == pytest.approx(6 * np.sqrt(39))


def test_the_interval_covers_the_true_ratio_as_often_as_it_says():
    source = np.random.default_rng(0)
    covered = 0
    for _ in range(1000):
        above, below = source.normal(0, 3, 5), source.normal(0, 1, 4)
        low, high = sd_ratio((above.std(ddof=1), 4), (below.std(ddof=1), 3))[1]
        covered += low <= 3 <= high
    assert covered / 1000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("bad", [(0.0, 2), (1.0, 0)])
def test_there_is_no_ratio_without_spread(bad):
    with pytest.raises(ValueError, match="no ratio of sd"):
        sd_ratio((1.0, 2), bad)
