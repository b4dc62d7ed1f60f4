import json

import pytest

from metrics.rows import row
from mmpeft.metrics.score import Score, accepted, check_lengths, gold_index, percent


def test_value_is_the_mean_of_the_items():
    score = Score(per_item=(100.0, 0.0, 30.0, 90.0), definition="d")
    assert score.value == pytest.approx(55.0)
    assert score.n == 4


def test_a_corpus_value_takes_the_place_of_the_mean():
    assert Score(per_item=(100.0, 0.0), corpus=30.0, definition="d").value == 30.0


def test_records_hold_secondary_scores_beside_the_headline_and_are_json():
    raw = Score(per_item=(0.0,), definition="bare")
    score = Score(per_item=(100.0,), definition="kind", secondary={"exact_raw": raw})
    assert json.loads(json.dumps(score.records("exact"))) == {
        "exact": {"value": 100.0, "n": 1, "definition": "kind"},
        "exact_raw": {"value": 0.0, "n": 1, "definition": "bare"},
    }


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 predictions for 1 rows"):
        check_lengths(["a", "b"], [row()])
    with pytest.raises(ValueError, match="no rows"):
        check_lengths([], [])


def test_a_row_without_the_right_answer_is_named():
    with pytest.raises(ValueError, match="row 'q7' has no answers"):
        accepted(row(name="q7"))
    with pytest.raises(ValueError, match=r"row 'q7': answer 'x' is none of \['a', 'b'\]"):
        gold_index(row(["x"], ["a", "b"], name="q7"))
    assert gold_index(row(["b"], ["a", "b"])) == 1


def test_percent():
    assert percent([True, False]) == (100.0, 0.0)
