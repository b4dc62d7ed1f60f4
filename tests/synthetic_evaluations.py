"""Made-up records of `evaluated_study` in the layout that the rules write."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import synthetic
from evaluated_study import evaluated_study
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.mini.mmhal import TYPES
from mmpeft.datasets.schema import write_rows
from mmpeft.files import write_json
from mmpeft.predictions import MEASURED_PREDICTIONS, PREDICTIONS
from mmpeft.study import Study, load_study
from mmpeft.study.capabilities import MEASURES

N_ITEMS = 6
FIRST_CHOSEN = 2  # where the losses decide, of consecutive epochs the first
COST = {"seconds": 2.0, "samples_per_second": 3.0, "tokens": {"input": 400, "generated": 100}}
SECONDARY = {
    "transfer": (),
    "captions": ("captions_naming_nothing",),
    "mmhal": ("mmhal_hallucination_rate", *(f"mmhal_{kind}" for kind in TYPES)),
}


def study() -> Study:
    """The study of `evaluated_study`."""
    return load_study(evaluated_study())


def value(measurement: Any, epoch: int) -> float:
    """The main score after an epoch."""
    return 50.0 + epoch


def write_records(folder: Path, study: Study) -> Path:
    """Write the records of everything in the study below `folder`; returns it."""
    synthetic.write_records(folder, study)
    for run in study.runs:
        write_predictions(folder / "runs" / run.id, run.dataset)
    for model, dataset in study.baselines:
        write_predictions(folder / "baselines/base" / model / dataset, dataset)
    for evaluation, model, target in study.image_choices:
        write_predictions(folder / "baselines/base" / model / target, target)
        kept = [{"id": f"test-{index:06d}", "caption": f"said {index}"} for index in (3, 1)]
        record = {"status": "ok", "reason": None, "images": kept}
        write_json(folder / "images" / evaluation / model / f"{target}.json", record)
    for one in study.measurements:
        measure_record(folder, one)
    return folder


def write_predictions(place: Path, dataset: str) -> None:
    """Write N_ITEMS answers to the test set of a dataset into `place`; scores there follow suit."""
    items = [_item(dataset, index, 60.0) for index in range(N_ITEMS)]
    _write(items, PREDICTIONS, place)
    if (place / "scores.json").is_file():
        _score_as(items, place / "scores.json")


def write_datasets(folder: Path, study: Study) -> Path:
    """Write the test sets of a study, with N_ITEMS rows each."""
    for name, path in study.manifest()["test_files"].items():
        write_rows([generate_row(name, "test", index) for index in range(N_ITEMS)], folder / path)
    return folder


def place(folder: Path, measurement: Any) -> Path:
    """Folder of the records of a measurement."""
    run = measurement.cell.run.id
    return folder / "evaluations" / measurement.evaluation / measurement.target / run


def measure_record(
    folder: Path, measurement: Any, score: Callable[[Any, int], float] = value
) -> None:
    """Write the records of one measurement: `score` after each epoch, beside it a tenth of that."""
    epochs = measurement.epochs
    if not isinstance(epochs, list):
        epochs = list(range(FIRST_CHOSEN, FIRST_CHOSEN + measurement.places))
    metric, judged = measurement.record()["metric"], measurement.spec.judge is not None
    table, records = [], []
    for epoch in epochs:
        main = score(measurement, epoch)
        for index in range(N_ITEMS):
            found = (["a heart"] if index == 0 else []) if judged else None
            item = _item(measurement.target, index, main)
            table.append({**item, "epoch": epoch, "hallucinated": found})
        named = {metric: main} | dict.fromkeys(SECONDARY[measurement.spec.measure], main / 10)
        records.append({"epoch": epoch, "scores": _scores(named), **COST})
    _write(table, MEASURED_PREDICTIONS, place(folder, measurement))
    record = {"status": "ok", "reason": None, "epochs": records, **synthetic.JOB}
    write_json(place(folder, measurement) / "scores.json", record)


def _score_as(items: list[dict[str, Any]], path: Path) -> None:
    """Let a record hold the mean scores of these items."""
    record = json.loads(path.read_text(encoding="utf-8"))
    for score in record["scores"].values():
        shown = [one for one in items if score["subset"] == "all" or one["has_image"]]
        value = sum(one["score"] for one in shown) / len(shown)
        score |= {"n": len(shown), "value": value}
    write_json(path, record)


def _scores(values: Mapping[str, float]) -> dict[str, Any]:
    return {
        name: {
            "value": number,
            "n": 1 if name.removeprefix("mmhal_") in TYPES else N_ITEMS,
            "definition": f"what {name} is",
            "subset": "all",
        }
        for name, number in values.items()
    }


def fail(folder: Path, measurement: Any, reason: str) -> None:
    """Turn the records of a measurement into those of one whose images could not be chosen."""
    failed = {"status": "failed", "reason": reason, "epochs": [], **synthetic.JOB}
    write_json(place(folder, measurement) / "scores.json", failed)
    _write([], MEASURED_PREDICTIONS, place(folder, measurement))


def _item(dataset: str, index: int, score: float) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "id": f"test-{index:06d}",
        "has_image": index != 2,
        "question": f"question {index}",
        "prompt": f"prompt {index}",
        "prediction": f"said {index}",
        "answers": ["yes"],
        "score": score,
        "metric": MEASURES["mmhal"].headline,
    }


def _write(items: list[dict[str, Any]], schema: pa.Schema, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(items, schema=schema), folder / "predictions.parquet")
