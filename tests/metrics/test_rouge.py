import pytest

from mmpeft.metrics.rouge import rouge_l


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    ("candidate", "references", "precision", "recall"),
    [
        ("a b c", ["a b c"], 1, 1),
        # The common subsequence need not be contiguous, but in order.
        ("a x c", ["a b c d"], 2 / 3, 2 / 4),
        ("c b a", ["a b c"], 1 / 3, 1 / 3),
        # Best precision by the first reference, best recall by the second.
        ("a b c d", ["a b c y z", "d"], 3 / 4, 1),
    ],
)
def test_by_hand(candidate, references, precision, recall):
    expected = (1 + 1.2**2) * precision * recall / (recall + 1.2**2 * precision)
    assert rouge_l([[*map(words, references)]], [words(candidate)]) == pytest.approx([expected])


def test_nothing_in_common_scores_nothing():
    assert rouge_l([[["a"]], [["a"]]], [["b"], []]) == [0, 0]


def test_errors():
    for references, candidates in (([], []), ([[["a"]]], []), ([[]], [["a"]])):
        with pytest.raises(ValueError, match="ROUGE-L needs candidates with references"):
            rouge_l(references, candidates)
