"""Scores of predictions as they are recorded, and those of the best constant answer.

Nothing here needs a model, nor imports torch.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmpeft.datasets.registry import DATASETS, PREPARATION, DatasetSpec
from mmpeft.datasets.schema import read_rows
from mmpeft.failures import outcome, passed_on
from mmpeft.files import write_json
from mmpeft.metrics import METRICS, best_constant

Row = Mapping[str, Any]
Record = dict[str, Any]


def score(
    predictions: Sequence[str], rows: Sequence[Row], spec: DatasetSpec
) -> tuple[Sequence[float], Record]:
    """Score predictions; returns the value of each, and the record of each metric by its name.

    Where a dataset has questions with and without an image, its headline is over those with one,
    as the paper's "SQA (img)", and `<metric>_all` is over all of them.
    """
    metric = METRICS[spec.metric]
    everything = metric(predictions, rows)
    of_image = headline_rows(rows)
    if len(of_image) == len(rows):
        return everything.per_item, _records(everything.records(spec.metric), "all")
    chosen = {row["id"] for row in of_image}
    said = [text for text, row in zip(predictions, rows, strict=True) if row["id"] in chosen]
    whole = everything.records(spec.metric)[spec.metric]
    return everything.per_item, {
        **_records(metric(said, of_image).records(spec.metric), "image"),
        **_records({f"{spec.metric}_all": whole}, "all"),
    }


def evaluate_constant(settings: Mapping[str, Any], data_dir: Path, out_dir: Path) -> Record:
    """Choose the best constant answer on the training split, score it, write `scores.json`.

    settings: as `Study.constant_settings` gives them. A failure of the data is passed on, with
    neither an answer nor scores.
    """
    spec = DATASETS[settings["dataset"]["name"]]
    failure = passed_on(data_dir / PREPARATION)
    answer, scores = None, {}
    if failure is None:
        train, test = (read_rows(data_dir / f"{split}.parquet") for split in ("train", "test"))
        metric = METRICS[spec.metric]
        answer = best_constant(metric, headline_rows(train), headline_rows(test)).answer
        scores = score([answer] * len(test), test, spec)[1]
    record = {
        **outcome(failure),
        "settings": dict(settings),
        "dataset": spec.name,
        "constant": answer,
        "scores": scores,
    }
    write_json(out_dir / "scores.json", record)
    return record


def headline_rows(rows: Sequence[Row]) -> list[Row]:
    """The rows with an image; all rows of a dataset without images."""
    return [row for row in rows if row["image"] is not None] or list(rows)


def _records(scores: Mapping[str, Any], subset: str) -> Record:
    return {name: {**record, "subset": subset} for name, record in scores.items()}
