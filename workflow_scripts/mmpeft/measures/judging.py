"""Have the answers of a run judged. Nothing here needs a model, nor imports torch."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmpeft.datasets.registry import DATASETS, DatasetSpec
from mmpeft.datasets.schema import read_rows
from mmpeft.files import write_json
from mmpeft.measures import MEASURES
from mmpeft.measures.measure import Record, Row
from mmpeft.predictions import (
    MEASURED_PREDICTIONS,
    prediction_rows,
    read_predictions,
    write_predictions,
)


def measure_epoch(
    measure: str,
    said: Sequence[str],
    rows: Sequence[Row],
    spec: DatasetSpec,
    judge: Any,
    epoch: int,
) -> tuple[Record, list[Record]]:
    """The scores of the answers of one epoch, and these as MEASURED_PREDICTIONS lists them.

    Without a main score the record has the `reason`.
    """
    measured = MEASURES[measure](said, rows, spec, judge)
    items = prediction_rows(said, rows, measured.per_item, spec, measured.metric)
    for index, item in enumerate(items):
        found = None if measured.hallucinated is None else measured.hallucinated[index]
        item |= {
            "epoch": epoch,
            "hallucinated": None if found is None else list(found),
            "judgement": None if measured.replies is None else measured.replies[index],
        }
    reason = {} if measured.reason is None else {"reason": measured.reason}
    return {"epoch": epoch, "scores": measured.scores, **reason}, items


def judge_run(
    settings: Mapping[str, Any],
    test: Path,
    answers: Path,
    judge: Any,
    out_dir: Path,
) -> Record:
    """Judge the answers of a run and write `predictions.parquet` and, last, `scores.json`.

    settings: as `Study.judge_settings` gives them. test: the parquet file of the test rows.
    answers: folder that `job.measure_run` has written to; its costs, and a failure, are passed on.
    judge: its `account()` of its work stands in the record as well.
    """
    started = time.monotonic()
    answered = json.loads((answers / "scores.json").read_text(encoding="utf-8"))
    items = read_predictions(answers / "predictions.parquet")
    spec = DATASETS[settings["dataset"]["name"]]
    rows = {row["id"]: row for row in read_rows(test)}
    record = {**answered, "settings": {**settings, **answered["settings"]}, "epochs": []}
    table: list[Record] = []
    for one in answered["epochs"]:
        of_epoch = [item for item in items if item["epoch"] == one["epoch"]]
        scored, judged = measure_epoch(
            settings["measure"],
            [item["prediction"] for item in of_epoch],
            [rows[item["id"]] for item in of_epoch],
            spec,
            judge,
            one["epoch"],
        )
        record["epochs"].append({**one, **scored})
        table += judged
    write_predictions(table, MEASURED_PREDICTIONS, out_dir / "predictions.parquet")
    record["judging"] = {"seconds": time.monotonic() - started, **judge.account()}
    write_json(out_dir / "scores.json", record)
    return record
