"""Exact match, as Qwen-VL and VLMEvalKit score OCR-VQA."""

from collections.abc import Sequence

from mmpeft.metrics.score import Row, Score, accepted, check_lengths, percent


def exact_match(predictions: Sequence[str], rows: Sequence[Row]) -> Score:
    """`strip().lower()` of the prediction equals that of one of the accepted answers.

    Secondary: `exact_match_raw`, where the bare strings must be equal.
    """
    check_lengths(predictions, rows)
    pairs = list(zip(predictions, map(accepted, rows), strict=True))
    return Score(
        per_item=percent([_plain(p) in map(_plain, answers) for p, answers in pairs]),
        definition="exact match without case and surrounding space",
        secondary={
            "exact_match_raw": Score(
                per_item=percent([p in answers for p, answers in pairs]),
                definition="exact match of the bare strings",
            )
        },
    )


def _plain(text: str) -> str:
    return text.strip().lower()
