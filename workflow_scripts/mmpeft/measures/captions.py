"""How many captions name something that is not in the image (Table 7, Figures 9-13)."""

from collections.abc import Sequence

from mmpeft.datasets.registry import DatasetSpec
from mmpeft.judges import JUDGES
from mmpeft.measures.measure import Measured, Row, score_record


def hallucinated_captions(
    predictions: Sequence[str], rows: Sequence[Row], spec: DatasetSpec, judge: str | None
) -> Measured:
    """Judge captions of images that the un-tuned base captions rightly.

    Captions that name nothing are counted too: they cannot hallucinate, and so look good.
    """
    verdicts = JUDGES[judge].captions(predictions, rows)
    wrong = [100.0 if verdict.hallucinated else 0.0 for verdict in verdicts]
    silent = [0.0 if verdict.names_something else 100.0 for verdict in verdicts]
    return Measured(
        metric="hallucinated_captions",
        per_item=wrong,
        hallucinated=[verdict.hallucinated for verdict in verdicts],
        scores={
            "hallucinated_captions": score_record(
                wrong, f"captions per 100 that name what is not in the image (judge: {judge})"
            ),
            "captions_naming_nothing": score_record(
                silent, f"captions per 100 that name no object and no colour (judge: {judge})"
            ),
        },
    )
