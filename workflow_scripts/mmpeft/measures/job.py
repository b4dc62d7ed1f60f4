"""Let one run answer a dataset after chosen epochs, and measure its answers.

Where another server or people judge, the job ends with the answers, and `judging` goes on: so that
no judge is waited for with a GPU, and none that fails costs an answer.
"""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmpeft.datasets.registry import DATASETS, PREPARATION
from mmpeft.datasets.schema import read_rows
from mmpeft.epochs import epochs_to_measure
from mmpeft.evaluation import answer
from mmpeft.failures import outcome, passed_on
from mmpeft.files import write_json
from mmpeft.judges import JUDGES
from mmpeft.measures.judging import measure_epoch
from mmpeft.measures.measure import Record, Row
from mmpeft.memory import memory_failure
from mmpeft.methods.saving import epoch_folder
from mmpeft.predictions import MEASURED_PREDICTIONS, prediction_rows, write_predictions
from mmpeft.provenance import peak_gpu_memory_bytes, peak_memory_bytes, provenance

Settings = Mapping[str, Any]


def measure_run(
    settings: Settings, test: Path, run: Path, images: Path | None, out_dir: Path
) -> Record:
    """Let a run answer a test set and write `predictions.parquet` and, last, `scores.json`.

    settings: as `Study.measure_settings` gives them; without a measure the answers are written
    without scores, for `judging.judge_run`. test: the parquet file of the test rows. run: folder
    with the `adapter/` and `loss.csv` of the run. images: the record of the images to take alone
    (`measures.images`), None to take all rows. A failure of what it builds upon (base, training,
    data, choice of images) is passed on and leaves no scores and no predictions; so does running
    out of memory, with smaller batches too.
    """
    started = time.monotonic()
    base = Path(settings["model"]["base"])
    failure = passed_on(base, run / "adapter", test.with_name(PREPARATION), images)
    epochs: list[Record] = []
    table: list[Record] = []
    if failure is None:
        rows = _rows(read_rows(test), images)
        try:
            said = [*_answers(settings, rows, run)]
        except (MemoryError, RuntimeError) as error:
            said = []
            failure = memory_failure(error)
        for epoch, texts, cost in said:
            scored, items = _scored(settings, rows, epoch, texts)
            epochs.append({**scored, **cost})
            table += items
    write_predictions(table, MEASURED_PREDICTIONS, out_dir / "predictions.parquet")
    record = {
        **outcome(failure),
        "settings": dict(settings),
        "dataset": settings["dataset"]["name"],
        "epochs": epochs,
        "total_seconds": time.monotonic() - started,
        "peak_memory_bytes": peak_memory_bytes(),
        "peak_gpu_memory_bytes": peak_gpu_memory_bytes(),
        "provenance": provenance(),
    }
    write_json(out_dir / "scores.json", record)
    return record


def _rows(rows: list[Row], images: Path | None) -> list[Row]:
    if images is None:
        return rows
    by_id = {row["id"]: row for row in rows}
    chosen = json.loads(images.read_text(encoding="utf-8"))["images"]
    return [by_id[image["id"]] for image in chosen]


def _answers(
    settings: Settings, rows: list[Row], run: Path
) -> Iterator[tuple[int, list[str], Record]]:
    """(epoch, answers, what they cost) after each of the chosen epochs."""
    spec, adapter = DATASETS[settings["dataset"]["name"]], run / "adapter"
    for epoch in epochs_to_measure(settings["epochs"], run / "loss.csv"):
        folder = adapter if epoch == settings["last_epoch"] else epoch_folder(adapter, epoch)
        answers, cost = answer(settings, spec, rows, folder)
        yield epoch, answers.texts, cost


def _scored(
    settings: Settings, rows: list[Row], epoch: int, said: list[str]
) -> tuple[Record, list[Record]]:
    """The record of one epoch, and its predictions as MEASURED_PREDICTIONS lists them."""
    spec = DATASETS[settings["dataset"]["name"]]
    if "measure" not in settings:
        items = prediction_rows(said, rows, [None] * len(said), spec, None)
        return {"epoch": epoch, "scores": {}}, [{**item, "epoch": epoch} for item in items]
    judge = JUDGES.get(settings.get("judge"))
    return measure_epoch(settings["measure"], said, rows, spec, judge, epoch)
