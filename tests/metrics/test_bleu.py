import math

import pytest

from mmpeft.metrics.bleu import bleu


def words(text: str) -> list[str]:
    return text.split()


# The toolkit adds 1e-9 to each denominator.
ROUGHLY = 1e-8


def test_by_hand():
    # Unigrams 3 of 4 ("a" is clipped at one), bigrams 2 of 3; as long as the closer reference.
    (one, two, *_) = bleu([[words("a b c d"), words("x y")]], [words("a b c a")])
    assert one.corpus == pytest.approx(3 / 4, abs=ROUGHLY)
    assert two.corpus == pytest.approx(math.sqrt(3 / 4 * 2 / 3), abs=ROUGHLY)
    assert two.per_item == pytest.approx([two.corpus])


def test_short_captions_are_penalised():
    one = bleu([[words("a b c d")]], [words("a b")])[0]
    assert one.corpus == pytest.approx(math.exp(1 - 4 / 2), abs=ROUGHLY)


def test_counts_and_lengths_are_pooled_over_the_corpus():
    references = [[words("a b c d")], [words("e f")]]
    one = bleu(references, [words("a b"), words("e f g x")])[0]
    # Two of two and two of four; six words against six, so no penalty.
    assert one.corpus == pytest.approx(4 / 6, abs=ROUGHLY)
    assert one.per_item == pytest.approx([math.exp(-1), 1 / 2], abs=ROUGHLY)


def test_perfect_captions_and_empty_ones():
    sentence = words("a b c d e")
    assert [b.corpus for b in bleu([[sentence]], [sentence])] == pytest.approx([1] * 4, abs=ROUGHLY)
    assert [b.corpus for b in bleu([[sentence]], [[]])] == pytest.approx([0] * 4)


def test_errors():
    for references, candidates in (([], []), ([[["a"]]], []), ([[]], [["a"]])):
        with pytest.raises(ValueError, match="BLEU needs candidates with references"):
            bleu(references, candidates)
