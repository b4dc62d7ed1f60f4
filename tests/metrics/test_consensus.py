import random

import pytest

from mmpeft.metrics.cider import cider_d
from mmpeft.metrics.consensus import consensus


@pytest.mark.parametrize("seed", range(5))
def test_equals_cider_of_each_candidate_for_every_item(seed):
    rng = random.Random(seed)

    def sentence() -> list[str]:
        # Few words, so that grams repeat within a caption and clipping matters.
        return rng.choices("abcd", k=rng.randint(1, 10))

    references = [[sentence() for _ in range(rng.randint(1, 4))] for _ in range(12)]
    candidates = [sentence() for _ in range(9)] + [["unseen", "words"], []]
    expected = [sum(cider_d(references, [candidate] * 12)) / 12 for candidate in candidates]
    assert consensus(references, candidates) == pytest.approx(expected, abs=1e-12)
    assert max(expected) > 0.1


def test_errors():
    for references, candidates in (([], [["a"]]), ([[["a"]]], []), ([[["a"]], []], [["a"]])):
        with pytest.raises(ValueError, match="consensus needs"):
            consensus(references, candidates)
