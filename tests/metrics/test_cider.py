import math
import random

import pytest
from pycocoevalcap.cider.cider_scorer import CiderScorer

from mmpeft.metrics.cider import cider_d, length_penalty

OTHER = [["p", "q", "r", "s"]]


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    ("candidate", "reference", "by_hand"),
    [
        # Two items, so every gram of one item weighs log 2, which cancels from each cosine.
        ("a b c d", "a b c d", 10),
        # Orders 1 and 2 agree, orders 3 and 4 do not exist.
        ("a b", "a b", 5),
        ("a b", "c d", 0),
        # Order 1: 2 / (sqrt 2 x 2); order 2: 1 / (1 x sqrt 3); one bigram against three.
        ("a b", "a b c d", 2.5 * math.exp(-4 / 72) * (1 / math.sqrt(2) + 1 / math.sqrt(3))),
        # Clipped: min(2, 1) x 1 / (2 x sqrt 2), and both have one bigram.
        ("a a", "a b", 2.5 / (2 * math.sqrt(2))),
        # Not clipped the other way: 1 x 2 / (1 x 2) for "a", nothing for "a a"; no bigram vs one.
        ("a", "a a", 2.5 * math.exp(-1 / 72)),
        ("", "a b", 0),
    ],
)
def test_by_hand(candidate, reference, by_hand):
    values = cider_d([[words(reference)], OTHER], [words(candidate), []])
    assert values == pytest.approx([by_hand, 0])


def test_references_are_averaged():
    values = cider_d([[words("a b c d"), words("e f g h")], OTHER], [words("a b c d"), []])
    assert values[0] == pytest.approx(5)


def test_a_gram_of_every_item_weighs_nothing():
    assert cider_d([[["a"]], [["a"]]], [["a"], ["a"]]) == [0, 0]


def test_one_item_alone_scores_nothing():
    assert cider_d([[words("a b c d")]], [words("a b c d")]) == [0]


def test_equals_the_scorer_of_pycocoevalcap():
    rng = random.Random(1)

    def sentence() -> list[str]:
        return rng.choices(["a", "b", "c", "d", "e", "f", "g", "h"], k=rng.randint(0, 9))

    references = [[sentence() for _ in range(rng.randint(1, 5))] for _ in range(60)]
    candidates = [sentence() for _ in references]
    scorer = CiderScorer()
    for candidate, item in zip(candidates, references, strict=True):
        scorer += (" ".join(candidate), [" ".join(reference) for reference in item])
    mean, each = scorer.compute_score()
    ours = cider_d(references, candidates)
    assert ours == pytest.approx(each.tolist(), abs=1e-9)
    assert sum(ours) / len(ours) == pytest.approx(mean, abs=1e-9)
    assert mean > 0.1


def test_length_penalty():
    assert length_penalty(0) == 1
    assert length_penalty(6) == length_penalty(-6) == pytest.approx(math.exp(-0.5))


def test_errors():
    with pytest.raises(ValueError, match="1 candidates for 2 items"):
        cider_d([[["a"]], [["b"]]], [["a"]])
    with pytest.raises(ValueError, match="at least one reference"):
        cider_d([[["a"]], []], [["a"], ["b"]])
