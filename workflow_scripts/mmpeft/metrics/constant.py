"""The best constant answer: what a model reaches that looks at neither image nor question.

It is chosen on the training split and scored on the test split.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmpeft.datasets.prompts import OPTION_LETTERS
from mmpeft.metrics import vqa_text
from mmpeft.metrics.caption import best_constant_caption, cider_score
from mmpeft.metrics.exact import exact_match
from mmpeft.metrics.iconqa import blank_accuracy, choice_accuracy
from mmpeft.metrics.scienceqa import option_accuracy
from mmpeft.metrics.score import Metric, Row, Score, accepted
from mmpeft.metrics.vqa import vizwiz_score, vqa_score


@dataclass(frozen=True, kw_only=True)
class Constant:
    """The constant answer that does best on the training rows, and its score on the test rows."""

    answer: str
    score: Score


Choose = Callable[[Metric, Sequence[Row]], str]


def best_letter(metric: Metric, rows: Sequence[Row]) -> str:
    """The option letter that scores best; among equals the first."""
    most = max(len(row["choices"]) for row in rows)
    return max(OPTION_LETTERS[:most], key=lambda letter: _value(metric, letter, rows))


def best_answer(metric: Metric, rows: Sequence[Row]) -> str:
    """The training answer that scores best; among equals the one in more rows.

    Answers that are one to the VQA evaluators (case, articles, commas) are tried together, each in
    all its spellings. An answer in m of n rows cannot score above m / n in any spelling, so the
    search over the answers, most frequent first, ends early without missing one.
    """
    best, best_value = "", -1.0
    for spellings, share in _by_frequency(rows):
        if 100 * share <= best_value:
            break
        for answer in spellings:
            if (value := _value(metric, answer, rows)) > best_value:
                best, best_value = answer, value
    return best


def best_choice(metric: Metric, rows: Sequence[Row]) -> str:
    """The letter or the text that scores best; among equals the letter."""
    return max(
        (best_letter(metric, rows), best_answer(metric, rows)),
        key=lambda answer: _value(metric, answer, rows),
    )


def best_caption(metric: Metric, rows: Sequence[Row]) -> str:
    """The reference caption that scores best as the caption of every image."""
    return best_constant_caption(rows)


CHOOSE: Mapping[Metric, Choose] = {
    option_accuracy: best_letter,
    choice_accuracy: best_choice,
    vqa_score: best_answer,
    vizwiz_score: best_answer,
    blank_accuracy: best_answer,
    exact_match: best_answer,
    cider_score: best_caption,
}


def best_constant(metric: Metric, train_rows: Sequence[Row], test_rows: Sequence[Row]) -> Constant:
    """Choose the constant answer on the training rows and score it on the test rows.

    `metric` is a value of METRICS. Raises KeyError for another, ValueError if a list is empty.
    """
    if not train_rows or not test_rows:
        raise ValueError("best_constant needs training rows and test rows")
    answer = CHOOSE[metric](metric, train_rows)
    return Constant(answer=answer, score=metric([answer] * len(test_rows), test_rows))


def _value(metric: Metric, answer: str, rows: Sequence[Row]) -> float:
    return metric([answer] * len(rows), rows).value


def _by_frequency(rows: Sequence[Row]) -> Iterator[tuple[list[str], float]]:
    """Yield (spellings of an answer, share of the rows that have it), most frequent first."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    in_rows: Counter[str] = Counter()
    for row in rows:
        answers = accepted(row)
        in_rows.update({vqa_text.evalai(answer): 1 for answer in answers})
        for answer in answers:
            spellings[vqa_text.evalai(answer)][answer] += 1
    for key, count in in_rows.most_common():
        yield [answer for answer, _ in spellings[key].most_common()], count / len(rows)
