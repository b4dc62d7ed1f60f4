"""Answers of models as files: what they answer, and how they score."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmpeft.datasets.registry import DatasetSpec
from mmpeft.files import whole_file

Row = Mapping[str, Any]
Record = dict[str, Any]

PREDICTIONS = pa.schema(
    [
        ("dataset", pa.string()),
        ("id", pa.string()),
        ("has_image", pa.bool_()),
        ("question", pa.string()),
        ("prompt", pa.string()),
        ("prediction", pa.string()),
        ("answers", pa.list_(pa.string())),
        ("score", pa.float64()),
        ("metric", pa.string()),
    ]
)
# `hallucinated` is null where no judge has looked, `judgement` where none has written anything.
MEASURED_PREDICTIONS = pa.schema(
    [
        ("epoch", pa.int64()),
        *PREDICTIONS,
        ("hallucinated", pa.list_(pa.string())),
        ("judgement", pa.string()),
    ]
)


def prediction_rows(
    predictions: Sequence[str],
    rows: Sequence[Row],
    per_item: Sequence[float | None],
    spec: DatasetSpec,
    metric: str | None,
) -> list[Record]:
    """The predictions with what they answer and how they score, as PREDICTIONS lists it."""
    return [
        {
            "dataset": spec.name,
            "id": row["id"],
            "has_image": row["image"] is not None,
            "question": row["question"],
            "prompt": spec.prompt(row),
            "prediction": prediction,
            "answers": row["answers"] or row["references"],
            "score": value,
            "metric": metric,
        }
        for prediction, row, value in zip(predictions, rows, per_item, strict=True)
    ]


def write_predictions(table: Sequence[Record], schema: pa.Schema, path: Path) -> None:
    """Write rows of predictions, whole or not at all."""
    with whole_file(path) as part:
        pq.write_table(pa.Table.from_pylist(table, schema=schema), part)


def read_predictions(path: Path) -> list[Record]:
    """Read what `write_predictions` writes."""
    # Not pq.read_table: it imports pandas.
    return pq.ParquetFile(path).read().to_pylist()
