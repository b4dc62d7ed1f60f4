"""Measure one run on one dataset after chosen epochs."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import read_rows
from mmpeft.epochs import epochs_to_measure
from mmpeft.evaluation import (
    PREDICTIONS,
    answer,
    prediction_rows,
    training_status,
    write_predictions,
)
from mmpeft.files import write_json
from mmpeft.measures import MEASURES
from mmpeft.measures.measure import Record, Row
from mmpeft.methods.saving import epoch_folder
from mmpeft.provenance import peak_gpu_memory_bytes, peak_memory_bytes, provenance

# `hallucinated` is null for a measure without a judge.
MEASURED_PREDICTIONS = pa.schema(
    [("epoch", pa.int64()), *PREDICTIONS, ("hallucinated", pa.list_(pa.string()))]
)


def measure_run(
    settings: Mapping[str, Any],
    test: Path,
    run: Path,
    images: Path | None,
    out_dir: Path,
) -> Record:
    """Let a run answer a test set and write `predictions.parquet` and, last, `scores.json`.

    settings: as `Study.measure_settings` gives them. test: the parquet file of the test rows.
    run: folder with the `adapter/` and `loss.csv` of the run. images: the record of the images to
    take alone (`measures.images`), None to take all rows. A failed training, or a failed choice of
    images, passes on its status and leaves no scores and no predictions.
    """
    started = time.monotonic()
    adapter = run / "adapter"
    chosen = None if images is None else json.loads(images.read_text(encoding="utf-8"))
    status = training_status(adapter)
    if status["status"] == "ok" and chosen is not None:
        status = {key: chosen[key] for key in ("status", "reason")}
    record: Record = {
        **status,
        "settings": dict(settings),
        "dataset": settings["dataset"]["name"],
        "epochs": [],
    }
    table: list[Record] = []
    if status["status"] == "ok":
        rows = _rows(read_rows(test), chosen)
        for epoch in epochs_to_measure(settings["epochs"], run / "loss.csv"):
            folder = adapter if epoch == settings["last_epoch"] else epoch_folder(adapter, epoch)
            measured, items = _measure_epoch(settings, rows, epoch, folder)
            record["epochs"].append(measured)
            table += items
    write_predictions(table, MEASURED_PREDICTIONS, out_dir / "predictions.parquet")
    record |= {
        "total_seconds": time.monotonic() - started,
        "peak_memory_bytes": peak_memory_bytes(),
        "peak_gpu_memory_bytes": peak_gpu_memory_bytes(),
        "provenance": provenance(),
    }
    write_json(out_dir / "scores.json", record)
    return record


def _rows(rows: list[Row], chosen: Mapping[str, Any] | None) -> list[Row]:
    if chosen is None:
        return rows
    by_id = {row["id"]: row for row in rows}
    return [by_id[image["id"]] for image in chosen["images"]]


def _measure_epoch(
    settings: Mapping[str, Any], rows: Sequence[Row], epoch: int, adapter: Path
) -> tuple[Record, list[Record]]:
    """The record of one epoch, and its predictions as MEASURED_PREDICTIONS lists them."""
    spec = DATASETS[settings["dataset"]["name"]]
    answers, cost = answer(settings, spec, rows, adapter)
    measured = MEASURES[settings["measure"]](answers.texts, rows, spec, settings.get("judge"))
    items = prediction_rows(answers.texts, rows, measured.per_item, spec, measured.metric)
    for index, item in enumerate(items):
        found = None if measured.hallucinated is None else list(measured.hallucinated[index])
        item |= {"epoch": epoch, "hallucinated": found}
    return {"epoch": epoch, "scores": measured.scores, **cost}, items
