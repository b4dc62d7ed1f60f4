"""Grades of answers to questions that invite hallucination, as in MMHal-Bench (Table 5)."""

import json
from collections.abc import Sequence

from mmpeft.datasets.registry import DatasetSpec
from mmpeft.judges import JUDGES
from mmpeft.measures.measure import Measured, Row, score_record

# Grades below are those of answers with hallucination (arXiv:2309.14525).
LEAST_CLEAN_GRADE = 3


def mmhal_grades(
    predictions: Sequence[str], rows: Sequence[Row], spec: DatasetSpec, judge: str | None
) -> Measured:
    """Overall grade, share of hallucinated answers, and the grade of each type of question.

    The type is the `kind` in the `meta` of a row.
    """
    verdicts = JUDGES[judge].answers(predictions, rows)
    grades = [float(verdict.grade) for verdict in verdicts]
    wrong = [float(grade < LEAST_CLEAN_GRADE) for grade in grades]
    by_type: dict[str, list[float]] = {}
    for grade, row in zip(grades, rows, strict=True):
        by_type.setdefault(json.loads(row["meta"])["kind"], []).append(grade)
    return Measured(
        metric="mmhal_score",
        per_item=grades,
        hallucinated=[verdict.hallucinated for verdict in verdicts],
        scores={
            "mmhal_score": score_record(grades, f"mean grade of answers, 0 to 6 (judge: {judge})"),
            "mmhal_hallucination_rate": score_record(
                wrong, f"share of answers graded below {LEAST_CLEAN_GRADE} (judge: {judge})"
            ),
            **{
                f"mmhal_{kind}": score_record(
                    values, f"mean grade of answers to {kind} questions, 0 to 6 (judge: {judge})"
                )
                for kind, values in by_type.items()
            },
        },
    )
