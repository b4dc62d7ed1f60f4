"""Whether results.parquet says what the records of the runs say."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft.aggregation import FAILED, MISSING, OK
from mmpeft.costs import training_seconds

# Where the settings of a training record hold the axes of a row.
_AXES: Mapping[str, tuple[str, ...]] = {
    "model": ("model", "name"),
    "dataset": ("dataset", "name"),
    "method": ("method", "name"),
    "location": ("method", "location"),
    "size": ("method", "size"),
    "connector": ("connector",),
    "visual_encoder": ("visual_encoder",),
    "learning_rate": ("learning_rate",),
    "train_samples": ("train_samples",),
    "epochs": ("epochs",),
    "init_seed": ("seeds", "init"),
    "order_seed": ("seeds", "order"),
    "subset_seed": ("seeds", "subset"),
}
# Columns of costs, and where records hold them.
_TRAINING_COSTS: Mapping[str, tuple[str, ...]] = {
    "train_samples_per_second": ("samples_per_second",),
    "train_peak_memory_bytes": ("peak_memory_bytes",),
    "train_peak_gpu_memory_bytes": ("peak_gpu_memory_bytes",),
    "train_input_tokens": ("tokens", "input"),
    "train_answer_tokens": ("tokens", "answer"),
}
_TEST_COSTS: Mapping[str, tuple[str, ...]] = {
    "test_seconds": ("seconds",),
    "test_samples_per_second": ("samples_per_second",),
    "test_peak_memory_bytes": ("peak_memory_bytes",),
    "test_peak_gpu_memory_bytes": ("peak_gpu_memory_bytes",),
    "test_input_tokens": ("tokens", "input"),
    "test_generated_tokens": ("tokens", "generated"),
}


def score_mismatches(results: pd.DataFrame, folder: Path) -> list[str]:
    """Compare every row with the files it names, below `folder`; one sentence per difference."""
    rows = results.to_dict("records")
    found = [fault for row in rows for fault in _scores(row, folder)]
    trained = results[results["kind"] == "run"].drop_duplicates("run").to_dict("records")
    found += [fault for row in trained for fault in _training(row, folder)]
    return list(dict.fromkeys(found))


def _scores(row: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Differences between a row and the record, and the predictions, of its score."""
    name = row["scores_record"]
    path = folder / name
    if not path.is_file():
        if row["status"] == OK:
            yield f"{name}: the results hold a score, the record does not exist"
        return
    if row["status"] == MISSING:
        yield f"{name}: the record exists, the results call it missing"
        return
    record = json.loads(path.read_text(encoding="utf-8"))
    recorded = _recorded(record, row)
    if row["status"] == FAILED:
        if record["status"] == OK and not recorded.get("reason"):
            yield f"{name}: the record is ok, the results call it failed"
        return
    score = recorded["scores"].get(row["metric"])
    if score is None:
        yield f"{name}: no score {row['metric']!r} in the record"
        return
    for key in ("value", "n", "definition"):
        if score[key] != row[key]:
            yield f"{name}: {row['metric']} has {key} {score[key]!r}, the results {row[key]!r}"
    yield from _costs(name, row, recorded, _TEST_COSTS)
    if row["headline"] and isinstance(row["predictions"], str):
        yield from _predictions(row, score["subset"], folder)


def _recorded(record: Mapping[str, Any], row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a record holds of a row: of an evaluation, scores and costs after its epoch."""
    if row["kind"] != "evaluation":
        return {"scores": {}, **record}
    found = (one for one in record["epochs"] if one["epoch"] == row["epoch"])
    return {**record, **next(found, {"scores": {}})}


def _costs(
    name: str,
    row: Mapping[str, Any],
    record: Mapping[str, Any],
    columns: Mapping[str, tuple[str, ...]],
) -> Iterator[str]:
    """Differences between the costs of a row and those of the record `name`."""
    for column, keys in columns.items():
        value: Any = record
        for key in keys:
            value = None if value is None else value.get(key)
        noted = None if pd.isna(row[column]) else row[column]
        if value != noted:
            yield f"{name}: {' '.join(keys)} is {value!r}, the results say {noted!r}"


def _predictions(row: Mapping[str, Any], subset: str, folder: Path) -> Iterator[str]:
    """Differences between a headline score and the scores of its items.

    `subset` is "image" for a score over the items with an image, else "all".
    """
    name = row["predictions"]
    if not (folder / name).is_file():
        yield f"{name}: does not exist"
        return
    evaluated = row["kind"] == "evaluation"
    columns = ["has_image", "score", *(["epoch"] if evaluated else [])]
    items = pd.read_parquet(folder / name, columns=columns)
    if evaluated:
        items = items[items["epoch"] == row["epoch"]]
    scores = items.loc[items["has_image"], "score"] if subset == "image" else items["score"]
    scores = scores.dropna()
    if len(scores) != row["n"]:
        yield f"{name}: {len(scores)} items, the results count {row['n']}"
    elif not math.isclose(scores.mean(), row["value"], rel_tol=1e-9, abs_tol=1e-9):
        yield f"{name}: items score {scores.mean()} on average, the results {row['value']}"


def _training(row: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Differences between a row and the record of its training."""
    name = row["train_record"]
    path = folder / name
    if not path.is_file():
        if row["status"] == OK:
            yield f"{name}: the results hold a score, the record does not exist"
        return
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["status"] == FAILED and row["status"] == OK:
        yield f"{name}: training failed, the results hold a score"
    for axis, keys in _AXES.items():
        value: Any = record["settings"]
        for key in keys:
            value = value[key]
        expected = None if pd.isna(row[axis]) else row[axis]
        if value != expected:
            yield f"{name}: trained with {axis} {value!r}, the results say {expected!r}"
    parameters = record["parameters"] or {"groups": {}}
    counts = parameters | parameters["groups"]
    for column in ("trainable_parameters", "method_parameters", "total_parameters"):
        key = column.removesuffix("_parameters")
        noted = None if pd.isna(row[column]) else row[column]
        if counts.get(key) != noted:
            yield f"{name}: {counts.get(key)} {key} parameters, the results say {noted}"
    if training_seconds(record) != row["train_seconds"]:
        yield f"{name}: took {training_seconds(record)} s, the results say {row['train_seconds']}"
    yield from _costs(name, row, record, _TRAINING_COSTS)
