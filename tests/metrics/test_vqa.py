import json
import random
from pathlib import Path

import pytest

from metrics.rows import people, row
from mmpeft.metrics import vqa

ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles" / "vqa_accuracy.json").read_text(encoding="utf-8")
)


def test_every_case_of_the_official_evaluator():
    wrong = [
        case
        for case in ORACLE["cases"]
        # The oracle holds six decimals.
        if abs(100 * vqa.score(case["answers"], case["prediction"]) - case["score"]) > 1e-6
    ]
    assert len(ORACLE["cases"]) == 1500
    assert wrong == []


def test_corpus_value_of_the_official_evaluator():
    answers = [case["answers"] for case in ORACLE["cases"]]
    predictions = [case["prediction"] for case in ORACLE["cases"]]
    assert vqa.corpus_score(answers, predictions) == ORACLE["overall"]


@pytest.mark.parametrize(
    ("matches", "expected"), [(0, 0), (1, 30), (2, 60), (3, 90), (4, 100), (9, 100), (10, 100)]
)
def test_leave_one_out(matches, expected):
    answers = ["red"] * matches + ["blue"] * (10 - matches)
    assert 100 * vqa.score(answers, "red") == pytest.approx(expected)


def test_leave_one_out_by_leaving_each_out():
    rng = random.Random(0)
    for _ in range(50):
        answers = rng.choices(["red", "blue", "grey"], k=10)
        left_out = [answers[:i] + answers[i + 1 :] for i in range(10)]
        expected = sum(min(1, rest.count("red") / 3) for rest in left_out) / 10
        assert vqa.score(answers, "red") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answers", "prediction", "raw", "evalai"),
    [
        # All ten agree: the evaluator normalises nothing, the EvalAI step does.
        (people(yes=10), "yes", 100, 100),
        (people(yes=10), "Yes", 0, 100),
        (people(yes=10), "yes.", 0, 100),
        (people(yes=10), " yes\n", 100, 100),
        (["the dog"] * 10, "dog", 0, 0),
        # ... and it can lose an answer that was literally right.
        (["the dog"] * 10, "the dog", 100, 0),
        (["two"] * 10, "2", 0, 0),
        # They differ: both sides are normalised.
        (people(yes=9, no=1), "Yes.", 100, 100),
        (people(two=5, three=5), "2", 100, 100),
        (["the dog"] * 3 + ["dog"] + ["cat"] * 6, "A dog", 100, 100),
        (people(dont=2, do=8), "don't", 60, 60),
        (["1,000"] * 3 + ["500"] * 7, "1000", 90, 90),
        # The EvalAI step sets 's apart, the references keep it.
        (["it's"] * 5 + ["no"] * 5, "it's", 100, 0),
        (people(unanswerable=4, blue=6), "Unanswerable", 100, 100),
        (people(red=5, blue=5), "", 0, 0),
    ],
)
def test_both_ways_to_preprocess(answers, prediction, raw, evalai):
    assert 100 * vqa.score(answers, prediction) == pytest.approx(raw)
    assert 100 * vqa.score(answers, prediction, preprocess="evalai") == pytest.approx(evalai)


@pytest.mark.parametrize(
    ("answers", "prediction", "expected"),
    [
        (people(yes=10), "Yes", 100),
        (["Yes"] * 10, "Yes", 0),
        (["the dog"] * 10, "dog", 0),
        (["dog"] * 2 + ["the dog"] * 8, "the dog", 60),
        (people(unanswerable=7, blue=3), "unanswerable.", 100),
        # It repairs a contraction with an apostrophe that nobody types, but for a few.
        (["don't know"] * 10, "dont know", 0),
        (["don't know"] * 10, "don't know", 100),
        (["can't tell"] * 10, "cant tell", 100),
    ],
)
def test_vizwiz_normalises_the_prediction_only(answers, prediction, expected):
    assert 100 * vqa.vizwiz(answers, prediction) == pytest.approx(expected)


def test_headline_is_the_evalai_variant_with_the_raw_value_beside_it():
    rows = [row(people(yes=10)), row(people(two=1, three=9))]
    score = vqa.vqa_score(["Yes", "2"], rows)
    assert score.per_item == pytest.approx((100, 30))
    assert score.value == pytest.approx(65)
    assert score.secondary["vqa_score_raw"].per_item == pytest.approx((0, 30))


def test_vizwiz_has_three_readings():
    rows = [row(people(yes=10)), row(["the dog"] * 9 + ["cat"])]
    score = vqa.vizwiz_score(["Yes", "dog"], rows)
    assert score.per_item == pytest.approx((100, 0))
    assert score.secondary["vizwiz_score_raw"].per_item == pytest.approx((100, 0))
    assert score.secondary["vqa_score"].per_item == pytest.approx((100, 100))


def test_errors():
    with pytest.raises(ValueError, match="no answers"):
        vqa.score([], "red")
    with pytest.raises(ValueError, match="'none' or 'evalai'"):
        vqa.score(["red"], "red", preprocess="lower")
    with pytest.raises(ValueError, match="1 predictions for 2"):
        vqa.corpus_score([["a"], ["b"]], ["a"])
