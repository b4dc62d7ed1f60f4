import numpy as np
import pytest
from scipy import stats

from mmpeft.statistics import estimates, holm


def rng():
    return np.random.default_rng(0)


def one(scores, **options):
    return estimates(np.asarray(scores, dtype=float)[None], rng(), **options)[0]


def test_one_seed_gives_the_interval_over_items():
    scores = np.random.default_rng(1).normal(50, 20, (1, 400))
    low, high = one(scores).interval()
    expected = stats.t.interval(0.95, 399, scores.mean(), scores.std(ddof=1) / 20)
    assert (low, high) == pytest.approx(expected, abs=0.15)


def test_seeds_widen_the_interval():
    items = np.random.default_rng(1).normal(50, 20, 400)
    alike, apart = (items + spread * np.array([[-1.0], [0.0], [1.0]]) for spread in (0.0, 5.0))
    width = [high - low for low, high in (one(scores).interval() for scores in (alike, apart))]
    assert width[0] == pytest.approx(2 * 1.966 * items.std(ddof=1) / 20, rel=0.03)
    assert width[1] > 3 * width[0]


@pytest.mark.parametrize(("seeds", "seed_sd"), [(1, 0.0), (3, 0.0), (3, 1.0), (3, 5.0), (5, 5.0)])
def test_intervals_cover_the_truth_as_often_as_they_say(seeds, seed_sd):
    """Accuracy around 70 %: items differ in difficulty, seeds in skill, answers are 0 or 100."""
    source = np.random.default_rng(2)
    trials, items, covered = 400, 150, 0
    for _ in range(trials):
        difficulty = source.beta(3.5, 1.5, items)
        skill = source.normal(0, seed_sd / 100, (seeds, 1))
        right = source.random((seeds, items)) < np.clip(difficulty + skill, 0, 1)
        low, high = one(100.0 * right, draws=500).interval()
        covered += low <= 70.0 <= high
    # 95 % of 400 is 380, standard error 4.4. What a seed and an item have together counts twice, so
    # that intervals are a little too wide for several seeds; never too narrow.
    assert 0.92 <= covered / trials <= 0.995


@pytest.mark.parametrize("truth", [0.0, 4.0])
def test_p_values_are_small_only_where_there_is_a_difference(truth):
    source = np.random.default_rng(3)
    found = [
        one(source.normal(truth, 20, (1, 200)), draws=500).p_value() < 0.05 for _ in range(400)
    ]
    power = stats.norm.sf(1.96 - truth / (20 / np.sqrt(200))) if truth else 0.05
    assert np.mean(found) == pytest.approx(power, abs=0.045)


def test_a_value_outside_the_interval_has_a_small_p():
    estimate = one(np.random.default_rng(4).normal(1.0, 10, (1, 300)))
    low, high = estimate.interval()
    assert estimate.p_value(against=low) == pytest.approx(0.05, abs=0.01)
    assert estimate.p_value(against=high) == pytest.approx(0.05, abs=0.01)


def test_a_p_of_few_draws_goes_on_as_that_of_t():
    """Of normal items the tail is known; a count of 10,000 draws would end at 1e-4."""
    scores = np.random.default_rng(8).normal(0, 10, (1, 200))
    estimate = one(scores)
    error = scores.std(ddof=1) / np.sqrt(200)
    found = [estimate.p_value(against=scores.mean() + times * error) for times in range(1, 7)]
    expected = 2 * stats.t.sf(range(1, 7), 199)
    # the tail begins at the last 50 draws, whose number has a standard error of 14 %
    assert found == pytest.approx(expected, rel=0.5)
    assert found[-1] < 1e-6
    assert estimate.p_value(against=1000.0) == 1e-9
    least = [estimate.p_value(against=scores.mean() + far * error) for far in np.arange(2, 5, 0.01)]
    assert least == sorted(least, reverse=True)


def test_a_clear_difference_survives_holm_among_600_tests():
    """The complete studies have 432; nothing that is not there is found by the way."""
    source = np.random.default_rng(9)
    families, found = 10, 0
    for family in range(families):
        scores = source.choice([-100.0, 0.0, 100.0], (600, 1, 150), p=[0.2, 0.6, 0.2])
        scores[0] += 40.0  # 7.7 standard errors
        tests = estimates(scores, np.random.default_rng(family), draws=1000)
        corrected = holm([test.p_value() for test in tests])
        assert corrected[0] < 0.01
        found += min(corrected[1:]) < 0.05
    assert found <= 2


def test_estimates_of_data_sets_add_up():
    source = np.random.default_rng(5)
    first, second = (source.normal(mean, 10, (1, 200)) for mean in (10, 30))
    both = one(first / 2) + estimates(second[None] / 2, np.random.default_rng(9))[0]
    assert both.value == pytest.approx((first.mean() + second.mean()) / 2)
    low, high = both.interval()
    error = np.sqrt(first.var(ddof=1) + second.var(ddof=1)) / 2 / np.sqrt(200)
    assert high - low == pytest.approx(2 * 1.97 * error, rel=0.04)


def test_nothing_is_said_where_n_does_not_allow_it():
    perfect = one(np.full((1, 50), 100.0))
    assert perfect.interval() is None
    assert perfect.p_value() is None
    assert one([[3.0]]).interval() is None


def test_the_same_draws_give_the_same_numbers_for_each_set_of_scores():
    scores = np.random.default_rng(6).normal(0, 1, (3, 2, 50))
    scores[2] = scores[0]
    found = estimates(scores, rng())
    assert found[0].interval() == found[2].interval() == estimates(scores, rng())[0].interval()


def test_large_test_sets_are_drawn_in_blocks(monkeypatch):
    monkeypatch.setattr("mmpeft.statistics.bootstrap._BLOCK", 1000)
    estimate = one(np.random.default_rng(7).normal(0, 1, (1, 90)), draws=25)
    assert estimate.moves.shape == (25,)


@pytest.mark.parametrize("bad", [np.zeros((2, 3)), np.zeros((1, 0, 3)), np.full((1, 1, 2), np.nan)])
def test_scores_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match="scores must be"):
        estimates(bad, rng())
