"""Grades of answers to questions that invite hallucination, as in MMHal-Bench (Table 5)."""

import json
from collections.abc import Sequence

from mmpeft.datasets.registry import DatasetSpec
from mmpeft.judges import AnswerJudge
from mmpeft.measures.measure import Measured, Record, Row, score_record

# Grades below are those of answers with hallucination (arXiv:2309.14525).
LEAST_CLEAN_GRADE = 3


def mmhal_grades(
    predictions: Sequence[str], rows: Sequence[Row], spec: DatasetSpec, judge: AnswerJudge
) -> Measured:
    """Overall grade, share of hallucinated answers, and the grade of each type of question.

    The type is the `kind` in the `meta` of a row. Answers that the judge gave no grade to are in no
    score but `mmhal_ungraded`, their share; the official script counts them as 0.
    """
    verdicts = judge.answers(predictions, rows)
    grades = [None if one.grade is None else float(one.grade) for one in verdicts]
    by_type: dict[str, list[float]] = {}
    for grade, row in zip(grades, rows, strict=True):
        if grade is not None:
            by_type.setdefault(json.loads(row["meta"])["kind"], []).append(grade)
    graded = [grade for grade in grades if grade is not None]
    said = f"(judge: {judge.name})"
    scores: Record = {}
    if graded:
        wrong = [float(grade < LEAST_CLEAN_GRADE) for grade in graded]
        scores = {
            "mmhal_score": score_record(graded, f"mean grade of answers, 0 to 6 {said}"),
            "mmhal_hallucination_rate": score_record(
                wrong, f"share of answers graded below {LEAST_CLEAN_GRADE} {said}"
            ),
            **{
                f"mmhal_{kind}": score_record(
                    values, f"mean grade of answers to {kind} questions, 0 to 6 {said}"
                )
                for kind, values in by_type.items()
            },
        }
    if len(graded) < len(grades):
        scores["mmhal_ungraded"] = score_record(
            [float(grade is None) for grade in grades],
            f"share of answers whose judgement holds no grade {said}",
        )
    return Measured(
        metric="mmhal_score",
        per_item=grades,
        hallucinated=[None if one.grade is None else one.hallucinated for one in verdicts],
        replies=[one.reply for one in verdicts],
        scores=scores,
        reason=None if graded else f"no judgement holds a grade {said}",
    )
