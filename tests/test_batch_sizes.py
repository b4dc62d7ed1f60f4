import pytest

from mmpeft.batch_sizes import halvings, largest_legal, legal_sizes


def test_legal_sizes_divide_the_share():
    assert legal_sizes(12) == [1, 2, 3, 4, 6, 12]
    assert legal_sizes(1) == [1]


@pytest.mark.parametrize(
    ("micro_batch", "batch", "sizes"),
    [(64, 64, [64, 32, 16]), (12, 12, [12, 6, 3]), (5, 15, [5, 1]), (2, 8, [2, 1]), (1, 8, [1])],
)
def test_sizes_are_halved_and_divide_the_global_batch(micro_batch, batch, sizes):
    assert list(halvings(micro_batch, batch)) == sizes


def test_a_size_that_does_not_divide_the_global_batch_is_refused():
    with pytest.raises(ValueError, match="micro_batch_size 3 does not divide batch_size 8"):
        next(halvings(3, 8))


def test_the_largest_size_that_fits_is_legal():
    assert largest_legal(12, lambda size: size <= 5) == 4
    assert largest_legal(12, lambda size: False) == 0
