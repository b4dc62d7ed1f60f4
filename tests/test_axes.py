import pytest

from mmpeft import axes


@pytest.mark.parametrize(
    ("value", "text"),
    [(2e-4, "2e-4"), (0.005, "5e-3"), (0.01, "0.01"), (0.12, "0.12"), (1.0, "1"), (2.4, "2.4")],
)
def test_rates_are_powers_of_ten_only_where_they_are_small(value, text):
    assert axes.rate(value) == text
