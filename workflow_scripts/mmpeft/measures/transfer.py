"""How well a run does on a dataset that it was not trained on (Table 4, Figure 4)."""

from collections.abc import Sequence

from mmpeft.datasets.registry import DatasetSpec
from mmpeft.measures.measure import Measured, Row
from mmpeft.scoring import score


def transfer(
    predictions: Sequence[str], rows: Sequence[Row], spec: DatasetSpec, judge: None
) -> Measured:
    """Score predictions by the metric of the dataset, as its own runs are."""
    per_item, scores = score(predictions, rows, spec)
    return Measured(metric=spec.metric, per_item=per_item, hallucinated=None, scores=scores)
