"""The tidy results of a study: one row per experiment, run, dataset and metric.

Rows of kind "run" belong to an experiment; "base" (an un-tuned model) and "constant" (the best
constant answer of a dataset) are baselines that all experiments share. Rows of kind "evaluation"
are runs measured on another dataset, the `target`, after one of their epochs; `dataset` is still
the one that they were trained on, and `epoch_place` counts the epochs of an evaluation from 1. A
run that failed, or is not there yet, keeps its rows, with a status and a reason in place of a
value. A value is that of one run; of what the paper reports only as a mean over `runs` runs, it is
that mean, and `sd` the standard deviation beside it. Files are named relative to the folder of the
study, so that every number can be traced.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft import places, tidy
from mmpeft.aggregation import FAILED, MISSING, NOT_RUN
from mmpeft.costs import inference_cost, training_cost
from mmpeft.datasets.registry import DATASETS
from mmpeft.failures import OK, STATUSES, UNJUDGED
from mmpeft.files import whole_file
from mmpeft.study.capabilities import CAPABILITIES

Record = Mapping[str, Any]

# Categories keep the order of the paper's tables in the parquet file.
_ORDERED = (
    "model_label",
    "method_label",
    "connector_label",
    "visual_encoder_label",
    "location_label",
    "dataset_label",
    "target_label",
)
_TEXT, _WHOLE, _REAL, _TRUTH = "str", "Int64", "float64", "bool"
COLUMNS: Mapping[str, str] = {
    "study": _TEXT,
    "kind": _TEXT,
    "experiment": _TEXT,
    "model": _TEXT,
    "method": _TEXT,
    "location": _TEXT,
    "size": _WHOLE,
    "learning_rate": _REAL,
    "connector": _TEXT,
    "visual_encoder": _TEXT,
    "dataset": _TEXT,
    "train_samples": _WHOLE,
    "epochs": _WHOLE,
    "seed": _WHOLE,
    "init_seed": _WHOLE,
    "order_seed": _WHOLE,
    "subset_seed": _WHOLE,
    **dict.fromkeys(_ORDERED, _TEXT),
    "size_label": _WHOLE,
    "learning_rate_label": _REAL,
    "samples_label": _WHOLE,
    "epochs_label": _WHOLE,
    "evaluation": _TEXT,
    "target": _TEXT,
    "epoch": _WHOLE,
    "epoch_place": _WHOLE,
    "task": _TEXT,
    "seen": _TRUTH,
    "metric": _TEXT,
    "headline": _TRUTH,
    "value": _REAL,
    "runs": _WHOLE,
    "sd": _REAL,
    "definition": _TEXT,
    "n": _WHOLE,
    "status": _TEXT,
    "failure": _TEXT,
    "reason": _TEXT,
    "trainable_parameters": _WHOLE,
    "method_parameters": _WHOLE,
    "total_parameters": _WHOLE,
    "trainable_percent": _REAL,
    "train_seconds": _REAL,
    "train_resumed_from_step": _WHOLE,
    "train_samples_per_second": _REAL,
    "train_micro_batch_size": _WHOLE,
    "train_peak_memory_bytes": _WHOLE,
    "train_peak_gpu_memory_bytes": _WHOLE,
    "train_hardware": _TEXT,
    "train_input_tokens": _WHOLE,
    "train_answer_tokens": _WHOLE,
    "train_flops": _REAL,
    "test_seconds": _REAL,
    "test_samples_per_second": _REAL,
    "test_peak_memory_bytes": _WHOLE,
    "test_peak_gpu_memory_bytes": _WHOLE,
    "test_hardware": _TEXT,
    "test_input_tokens": _WHOLE,
    "test_generated_tokens": _WHOLE,
    "inference_flops": _REAL,
    "run": _TEXT,
    "train_record": _TEXT,
    "scores_record": _TEXT,
    "predictions": _TEXT,
}


def collect(grid: Record, folder: Path) -> pd.DataFrame:
    """Gather the records below `folder` (results/<study>) that `grid` (`Study.manifest`) asks for.

    Raises ValueError naming the file for a record that cannot be what its rule writes.
    """
    rows = [
        {"study": grid["study"], **row}
        for rows in (
            *(_run_rows(cell, folder) for cell in grid["cells"]),
            *(_evaluation_rows(cell, folder) for cell in grid["evaluations"]),
            *(_base_rows(baseline, folder) for baseline in grid["baselines"]),
            *(_constant_rows(dataset, folder) for dataset in grid["datasets"]),
        )
        for row in rows
    ]
    return typed(rows)


def write(results: pd.DataFrame, parquet: Path, csv: Path) -> None:
    """Write the results twice; the CSV holds the same rows as text."""
    tidy.write(results, parquet)
    with whole_file(csv) as part:
        results.to_csv(part, index=False, lineterminator="\n")


def read(parquet: Path) -> pd.DataFrame:
    """Read results.parquet; raises ValueError if its columns are not those of this version."""
    return tidy.read(parquet, COLUMNS)


def _run_rows(cell: Record, folder: Path) -> Iterable[dict[str, Any]]:
    place = Path(places.run(cell["run"]))
    train = _record(folder / place / "train.json")
    common = {
        **cell,
        "kind": "run",
        "train_record": (place / "train.json").as_posix(),
        **training_cost(train),
    }
    if train is not None and train["status"] != OK:
        return [{**common, **_gap(cell["dataset"], place, **_failed(train))}]
    return [{**common, **row} for row in _scores(cell["dataset"], place, folder, train)]


def _evaluation_rows(cell: Record, folder: Path) -> Iterable[dict[str, Any]]:
    """One row per epoch and metric; of a gap one row per epoch, with its number where known."""
    target, metric = cell["target"], cell["metric"]
    place = Path(places.evaluation(cell["evaluation"], target, cell["run"]))
    train_record = Path(places.run(cell["run"])) / "train.json"
    train = _record(folder / train_record)
    record = _record(folder / place / "scores.json")
    wanted = cell["measured_epochs"] or [None] * cell["places"]
    common = {
        **{name: value for name, value in cell.items() if name in COLUMNS},
        **_dataset(cell["dataset"]),
        "kind": "evaluation",
        "target_label": DATASETS[target].label,
        "scores_record": (place / "scores.json").as_posix(),
        "train_record": train_record.as_posix(),
        **training_cost(train),
    }
    failed = next((one for one in (train, record) if one and one["status"] != OK), None)
    if failed is not None or record is None:
        gap = {"metric": metric, "headline": True, **(_failed(failed) if failed else _NOT_RUN)}
        return [
            {**common, **gap, "epoch": epoch, "epoch_place": index}
            for index, epoch in enumerate(wanted, start=1)
        ]
    return [
        {**common, "epoch": measured["epoch"], "epoch_place": index, **row}
        for index, measured in enumerate(record["epochs"], start=1)
        for row in _score_rows({**record, **measured}, metric, place, folder, train)
    ]


def _base_rows(baseline: Record, folder: Path) -> Iterable[dict[str, Any]]:
    place = Path(places.base(baseline["model"], baseline["dataset"]))
    return [
        {**baseline, "kind": "base", **row} for row in _scores(baseline["dataset"], place, folder)
    ]


def _constant_rows(dataset: str, folder: Path) -> Iterable[dict[str, Any]]:
    place = Path(places.constant(dataset))
    return [{"kind": "constant", **row} for row in _scores(dataset, place, folder)]


def _dataset(name: str) -> dict[str, Any]:
    spec = DATASETS[name]
    return {"dataset": name, "dataset_label": spec.label, "task": spec.task, "seen": spec.seen}


_NOT_RUN = {"status": MISSING, "reason": NOT_RUN}


def _failed(record: Record) -> dict[str, Any]:
    """What a row says of a failure: which one it is (`failures.STATUSES`), and why."""
    return {"status": FAILED, "failure": record["status"], "reason": record["reason"]}


def _gap(dataset: str, place: Path, **why: str) -> dict[str, Any]:
    """A row in place of a headline score that does not exist."""
    return {
        **_dataset(dataset),
        "metric": DATASETS[dataset].metric,
        "headline": True,
        "scores_record": (place / "scores.json").as_posix(),
        **why,
    }


def _scores(
    dataset: str, place: Path, folder: Path, train: Record | None = None
) -> list[dict[str, Any]]:
    """One row per metric of a scores record, or one gap; `train` is the record of the training."""
    path = folder / place / "scores.json"
    record = _record(path)
    if record is None:
        return [_gap(dataset, place, **_NOT_RUN)]
    if record["status"] != OK:
        return [_gap(dataset, place, **_failed(record))]
    rows = _score_rows(record, DATASETS[dataset].metric, place, folder, train)
    return [{**_dataset(dataset), **row} for row in rows]


def _score_rows(
    record: Record, headline: str, place: Path, folder: Path, train: Record | None
) -> list[dict[str, Any]]:
    """One row per metric of a record that holds scores and what they cost.

    Where the headline has no value, as answers are not judged, its row says why.
    """
    gaps = []
    if headline not in record["scores"]:
        if not record.get("reason"):
            name = folder / place / "scores.json"
            raise ValueError(f"{name}: no score {headline!r}, the headline")
        gaps = [
            {
                "metric": headline,
                "headline": True,
                "status": FAILED,
                "failure": UNJUDGED,
                "reason": record["reason"],
                "scores_record": (place / "scores.json").as_posix(),
            }
        ]
    predictions = place / "predictions.parquet"
    return gaps + [
        {
            "metric": metric,
            "headline": metric == headline,
            "value": score["value"],
            "definition": score["definition"],
            "n": score["n"],
            "status": OK,
            "reason": "",
            "scores_record": (place / "scores.json").as_posix(),
            "predictions": predictions.as_posix() if (folder / predictions).is_file() else None,
            **inference_cost(record, train),
        }
        for metric, score in record["scores"].items()
    ]


def _record(path: Path) -> Record | None:
    """Read a JSON record with a known status; None if the file does not exist."""
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not JSON ({error})") from None
    status = record.get("status")
    if status not in (OK, *STATUSES):
        raise ValueError(f"{path}: status must be one of {OK}, {', '.join(STATUSES)}, got {status}")
    return record


def typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Give every column its type, and labels their order: the paper's, else the study's."""
    if unknown := {name for row in rows for name in row} - set(COLUMNS):
        raise ValueError(f"rows have unknown columns {sorted(unknown)}")
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["runs"] = frame["runs"].astype("Int64").fillna(1)
    frame = frame.astype(dict(COLUMNS))
    labels = list(dict.fromkeys(spec.label for spec in DATASETS.values()))
    known = {
        "method_label": [capability.label for capability in CAPABILITIES.values()],
        "connector_label": ["frozen", "tuned"],
        "visual_encoder_label": ["frozen", "tuned"],
        "location_label": ["attn", "mlp", "both"],
        "dataset_label": labels,
        "target_label": labels,
    }
    for column in _ORDERED:
        order = known.get(column, list(frame[column].dropna().unique()))
        frame[column] = pd.Categorical(frame[column], categories=order, ordered=True)
    return frame
