import numpy as np
import pytest
from scipy import stats

from mmpeft.statistics import mean_ranks


def rng():
    return np.random.default_rng(0)


def test_the_best_method_has_rank_one_and_ties_share():
    ranks = mean_ranks(np.array([[9.0, 9.0, 9.0], [5.0, 5.0, 5.0], [5.0, 1.0, 7.0]]), rng())
    assert ranks.means == pytest.approx((1.0, (2.5 + 2 + 3) / 3, (2.5 + 3 + 2) / 3))
    assert ranks.blocks == 3


def test_p_is_that_of_friedmans_test_when_there_are_many_data_sets():
    scores = np.random.default_rng(1).normal(0, 1, (4, 40)) + np.array([[0.5], [0.2], [0], [0]])
    expected = stats.friedmanchisquare(*scores).pvalue
    assert mean_ranks(scores, rng()).p == pytest.approx(expected, abs=0.02)


def test_p_is_exact_for_few_data_sets():
    # one order of three methods in both data sets: 6 of the 36 pairs of orders agree
    scores = np.array([[3.0, 3.0], [2.0, 2.0], [1.0, 1.0]])
    assert mean_ranks(scores, rng()).p == pytest.approx(6 / 36, abs=0.02)


@pytest.mark.parametrize("shape", [(2, 8), (4, 1)])
def test_there_is_no_test_where_n_does_not_allow_one(shape):
    assert mean_ranks(np.random.default_rng(2).normal(0, 1, shape), rng()).p is None
