"""VQA score (VQAv2, OK-VQA) and its VizWiz variant, as the official evaluators compute them.

An answer is compared with the answers of ten people. Each person is left out in turn; the answer
gets min(1, matches among the other nine / 3), and the mean over the ten is its score. So 0, 1, 2,
3 and 4 or more matches give 0, 0.3, 0.6, 0.9 and 1. The popular min(1, matches / 3) differs.

Source: Antol et al. 2015 (arXiv:1505.00468) and `vqaEval.py` of GT-Vision-Lab/VQA; for VizWiz
`vqaEval.py` of the VizWiz API. Both normalise text as in `mmpeft.metrics.vqa_text`, but not alike:
the VQA evaluator normalises prediction and references only if the ten references differ, the
VizWiz API always normalises the prediction and never the references.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from mmpeft.metrics import vqa_text
from mmpeft.metrics.score import Row, Score, accepted, check_lengths

Preprocess = Literal["none", "evalai"]

_EVALAI = "predictions first normalised as LLaVA does for EvalAI"


def leave_one_out(matches: int, annotators: int) -> float:
    """Score (0-1) of an answer that `matches` of `annotators` people gave."""
    agreeing = matches * min(3, matches - 1)
    differing = (annotators - matches) * min(3, matches)
    return (agreeing + differing) / (3 * annotators)


def score(answers: Sequence[str], prediction: str, *, preprocess: Preprocess = "none") -> float:
    """Official VQA score of one prediction, 0-1.

    `preprocess="evalai"` rewrites the prediction first, as LLaVA does before submitting: without
    it "Yes" scores 0 where all ten people said "yes", for then nothing is normalised.
    Raises ValueError if there are no answers.
    """
    references = _references(answers)
    ours = _prepared(prediction, preprocess)
    if len(set(references)) > 1:
        references = [vqa_text.normalise(reference) for reference in references]
        ours = vqa_text.normalise(ours)
    return leave_one_out(references.count(ours), len(references))


def vizwiz(answers: Sequence[str], prediction: str, *, preprocess: Preprocess = "none") -> float:
    """VizWiz score of one prediction, 0-1: it is always normalised, the references never are.

    Raises ValueError if there are no answers.
    """
    ours = vqa_text.normalise_vizwiz(_prepared(prediction, preprocess))
    return leave_one_out(list(answers).count(ours), len(_references(answers)))


def corpus_score(
    answers: Sequence[Sequence[str]],
    predictions: Sequence[str],
    *,
    preprocess: Preprocess = "none",
) -> float:
    """Official VQA score of a corpus in percent, rounded to two decimals as the evaluator does.

    Raises ValueError if the two lists differ in length or are empty.
    """
    if len(answers) != len(predictions) or not predictions:
        raise ValueError(f"{len(predictions)} predictions for {len(answers)} lists of answers")
    values = [
        score(given, prediction, preprocess=preprocess)
        for given, prediction in zip(answers, predictions, strict=True)
    ]
    return round(100 * sum(values) / len(values), 2)


def vqa_score(predictions: Sequence[str], rows: Sequence[Row]) -> Score:
    """Official VQA score after LLaVA's EvalAI step; without that step as `vqa_score_raw`."""
    check_lengths(predictions, rows)
    name = "official leave-one-out VQA score over ten answers"
    return Score(
        per_item=_per_item(score, "evalai", predictions, rows),
        definition=f"{name}, {_EVALAI}",
        secondary={
            "vqa_score_raw": Score(
                per_item=_per_item(score, "none", predictions, rows),
                definition=f"{name}, predictions as generated",
            )
        },
    )


def vizwiz_score(predictions: Sequence[str], rows: Sequence[Row]) -> Score:
    """VizWiz score after LLaVA's EvalAI step.

    Secondary: `vizwiz_score_raw` without that step, `vqa_score` by the VQA evaluator with it.
    """
    check_lengths(predictions, rows)
    name = "VizWiz leave-one-out score over ten answers, references not normalised"
    return Score(
        per_item=_per_item(vizwiz, "evalai", predictions, rows),
        definition=f"{name}, {_EVALAI}",
        secondary={
            "vizwiz_score_raw": Score(
                per_item=_per_item(vizwiz, "none", predictions, rows),
                definition=f"{name}, predictions as generated",
            ),
            "vqa_score": Score(
                per_item=_per_item(score, "evalai", predictions, rows),
                definition=f"official leave-one-out VQA score over ten answers, {_EVALAI}",
            ),
        },
    )


def _references(answers: Sequence[str]) -> list[str]:
    if not answers:
        raise ValueError("no answers to score against")
    return [vqa_text.clean(answer) for answer in answers]


def _prepared(prediction: str, preprocess: Preprocess) -> str:
    if preprocess not in ("none", "evalai"):
        raise ValueError(f"preprocess must be 'none' or 'evalai', got {preprocess!r}")
    return vqa_text.evalai(prediction) if preprocess == "evalai" else vqa_text.clean(prediction)


def _per_item(
    one: Callable[..., float],
    preprocess: Preprocess,
    predictions: Sequence[str],
    rows: Sequence[Row],
) -> tuple[float, ...]:
    return tuple(
        100 * one(accepted(row), prediction, preprocess=preprocess)
        for prediction, row in zip(predictions, rows, strict=True)
    )
