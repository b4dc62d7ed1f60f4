import pytest

from metrics.rows import row
from mmpeft.metrics.exact import exact_match


@pytest.mark.parametrize(
    ("answers", "prediction", "right", "raw"),
    [
        (["Romance"], "Romance", 100, 100),
        (["Romance"], " romance\n", 100, 0),
        (["Romance", "Love story"], "love story", 100, 0),
        (["Yes"], "Yes.", 0, 0),
        (["8,488"], "8488", 0, 0),
        (["The Hobbit"], "Hobbit", 0, 0),
        ([""], " ", 100, 0),
    ],
)
def test_exact_match(answers, prediction, right, raw):
    score = exact_match([prediction], [row(answers)])
    assert score.value == right
    assert score.secondary["exact_match_raw"].value == raw
