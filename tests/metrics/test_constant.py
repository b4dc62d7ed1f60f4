import random

import pytest

from metrics.rows import people, row
from mmpeft.metrics import METRICS, best_constant
from mmpeft.metrics.constant import CHOOSE


def test_every_metric_has_a_search():
    assert set(CHOOSE) == set(METRICS.values())


def test_multiple_choice_takes_the_most_frequent_letter_of_the_training_split():
    choices = ["x", "y", "z"]
    train = [row([answer], choices) for answer in "yyxzy"]
    test = [row([answer], choices) for answer in "xxxy"]
    best = best_constant(METRICS["option_accuracy"], train, test)
    assert best.answer == "B"
    assert best.score.value == 25


def test_choices_take_a_text_where_it_beats_every_position():
    train = [row(["red"], ["red", "a1"]), row(["red"], ["b1", "red"]), row(["c1"], ["d1", "c1"])]
    best = best_constant(METRICS["choice_accuracy"], train, train)
    assert best.answer in {"B", "red"}
    assert best.score.value == pytest.approx(200 / 3)
    best = best_constant(METRICS["choice_accuracy"], train[:2], train)
    assert best.answer == "red"


def test_vqa_weighs_annotators():
    # "maybe" is in more rows, "no" scores more.
    train = [row(people(maybe=1, red=9)), row(people(maybe=1, blue=9)), row(people(no=10))]
    best = best_constant(METRICS["vqa_score"], train, [row(people(no=2, yes=8))])
    assert best.answer in {"no", "red", "blue"}
    assert best_constant(METRICS["vqa_score"], [*train, train[2]], train).answer == "no"


def test_spellings_count_together_and_the_most_frequent_one_is_said():
    train = [row(["Yes"]), row(["yes"]), row(["yes"]), row(["no"]), row(["no"])]
    best = best_constant(METRICS["exact_match"], train, train)
    assert best.answer == "yes"
    assert best.score.value == 60


@pytest.mark.parametrize("metric", ["vqa_score", "vizwiz_score", "blank_accuracy", "exact_match"])
@pytest.mark.parametrize("seed", range(3))
def test_no_training_answer_does_better(metric, seed):
    rng = random.Random(seed)
    said = ["red", "Red", "the red", "2", "two", "1,000", "1000", "blue", "grey"]
    train = [row(rng.choices(said, k=10)) for _ in range(15)]
    train += [row([rng.choice(said)] * 10) for _ in range(10)]

    def value(answer: str) -> float:
        return METRICS[metric]([answer] * len(train), train).value

    best = best_constant(METRICS[metric], train, train)
    assert best.score.value == value(best.answer)
    assert best.score.value >= max(map(value, said))


def test_captions():
    references = [["a red square", "red square here"], ["a red star", "one star"], ["a dog"]]
    rows = [row(references=item) for item in references]
    best = best_constant(METRICS["cider"], rows, rows)
    assert best.answer in {text for item in references for text in item}
    assert best.score.n == 3


def test_empty_splits_are_refused():
    with pytest.raises(ValueError, match="training rows and test rows"):
        best_constant(METRICS["exact_match"], [], [row(["a"])])
