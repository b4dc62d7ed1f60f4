"""How many captions name something that is not in the image (Table 7, Figures 9-13)."""

from collections.abc import Sequence

from mmpeft.datasets.registry import DatasetSpec
from mmpeft.judges import CaptionJudge
from mmpeft.judges.objects import unreferenced_objects
from mmpeft.measures.measure import Measured, Record, Row, score_record


def hallucinated_captions(
    predictions: Sequence[str], rows: Sequence[Row], spec: DatasetSpec, judge: CaptionJudge
) -> Measured:
    """Judge captions of images that the un-tuned base captions rightly.

    Captions that name nothing are counted too: they cannot hallucinate, and so look good. As long
    as some are not judged, none count. Of photographs there is an estimate that needs no judge
    beside it, under a name of its own.
    """
    verdicts = judge.captions(predictions, rows)
    wrong: list[float | None] = [None] * len(verdicts)
    hallucinated: list[tuple[str, ...] | None] = [None] * len(verdicts)
    scores: Record = {}
    reason = None
    if open_ := list(verdicts).count(None):
        reason = f"{open_} of {len(verdicts)} captions are not judged yet (judge: {judge.name})"
    else:
        hallucinated = [verdict.hallucinated for verdict in verdicts]
        wrong = list(map(_hundred, hallucinated))
        silent = [_hundred(not verdict.names_something) for verdict in verdicts]
        scores = {
            "hallucinated_captions": score_record(
                wrong, f"captions per 100 that name what is not in the image (judge: {judge.name})"
            ),
            "captions_naming_nothing": score_record(
                silent, f"captions per 100 that name nothing (judge: {judge.name})"
            ),
        }
    if not spec.mini:
        found = [
            _hundred(unreferenced_objects(text, row["references"]))
            for text, row in zip(predictions, rows, strict=True)
        ]
        scores["captions_with_unreferenced_objects"] = score_record(
            found,
            "captions per 100 that name an object, of the 80 kinds of COCO, that no reference "
            "caption names",
        )
    return Measured(
        metric="hallucinated_captions",
        per_item=wrong,
        hallucinated=hallucinated,
        scores=scores,
        reason=reason,
    )


def _hundred(found: object) -> float:
    return 100.0 if found else 0.0
