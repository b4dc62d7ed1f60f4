import numpy as np
import pytest

from mmpeft.statistics import holm, mcnemar


def test_mcnemar_counts_the_items_that_differ():
    left = np.array([1] * 10 + [0] * 2 + [1] * 50)
    right = np.array([0] * 10 + [1] * 2 + [1] * 50)
    # 2 of 12 or fewer, both sides: 2 * (1 + 12 + 66) / 4096
    assert mcnemar(left, right) == pytest.approx(2 * 79 / 4096)
    assert mcnemar(right, left) == mcnemar(left, right)
    assert mcnemar(left, left) == 1.0


def test_items_must_be_paired():
    with pytest.raises(ValueError, match="not paired"):
        mcnemar(np.zeros(3), np.zeros(4))


def test_holm_corrects_for_how_many_tests_there_are():
    # the example of Holm's step-down: smallest times 4, next times 3, never falling
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([None, 0.02, None, 0.5]) == [None, 0.04, None, 0.5]
    assert holm([]) == []
