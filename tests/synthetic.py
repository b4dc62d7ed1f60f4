"""A made-up study and records of its runs in the layout that the rules write."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft.datasets.registry import DATASETS
from mmpeft.study import Study, load_study

N_ITEMS = 50
MODELS = {"mini-llava-7b": "LLaVA-1.5-7B", "mini-llava-13b": "LLaVA-1.5-13B"}
DATASETS_USED = ("mini-scienceqa", "mini-iconqa-txt", "mini-okvqa", "mini-vqav2")
METHODS: Mapping[str, dict[str, Any]] = {
    "adapter": {"size": 256, "location": "mlp", "learning_rate": 5.0e-5, "dropout": 0.05},
    "lora": {
        "size": 128,
        "location": "both",
        "learning_rate": 2.0e-4,
        "alpha_per_rank": 2.0,
        "dropout": 0.05,
    },
    "ia3": {"location": "both", "learning_rate": 2.0e-4},
    "prefix": {"size": 20, "learning_rate": 1.0e-5},
}
GAIN = {"adapter": 20.0, "lora": 30.0, "ia3": 10.0, "prefix": 5.0}
TRAINABLE = {"adapter": 24_576, "lora": 40_960, "ia3": 896, "prefix": 2_048}


def study(*, seeds: tuple[int, ...] = (42,)) -> Study:
    """Two models x four methods x two connector states x four data sets, and a seed experiment."""
    job = {"gpu": 0, "threads": 1, "mem_mb": 1000, "runtime": 10}
    return load_study(
        {
            "name": "synthetic",
            "models": {
                name: {
                    "label": label,
                    "family": "llava",
                    "base": f"reference/bases/{name}",
                    "recipe": {
                        "connector_learning_rate": 2.0e-5,
                        "warmup_ratio": 0.03,
                        "weight_decay": 0.0,
                    },
                }
                for name, label in MODELS.items()
            },
            "methods": METHODS,
            "datasets": {
                name: {"train": 100, "validation": 20, "test": N_ITEMS} for name in DATASETS_USED
            },
            "training": {
                "batch_size": 16,
                "epochs": 3,
                "schedule": "cosine",
                "precision": "float32",
                "max_length": 128,
            },
            "evaluation": {"batch_size": 32},
            "resources": {"train": job, "evaluate": job},
            "experiments": {
                "main": {
                    "model": "all",
                    "method": "all",
                    "dataset": "all",
                    "connector": ["frozen", "tuned"],
                    "seed": list(seeds),
                },
                "seed_noise": {
                    "model": ["mini-llava-7b"],
                    "method": "all",
                    "dataset": ["mini-scienceqa", "mini-okvqa"],
                    "seed": [21, 42, 63],
                },
            },
        }
    )


def base_score(model: str, dataset: str) -> float:
    """The un-tuned base: 30 on unseen sets, 70 on seen ones; the larger model is better."""
    return (70.0 if DATASETS[dataset].seen else 30.0) + (4.0 if model == "mini-llava-13b" else 0.0)


def run_score(run: Any) -> float:
    """Unseen sets gain what the method gives, seen sets a tenth; seeds move it by half a point."""
    gain = GAIN[run.method] * (0.1 if DATASETS[run.dataset].seen else 1.0)
    connector = 2.0 if run.connector == "tuned" else 0.0
    return base_score(run.model, run.dataset) + gain + connector + (run.init_seed - 42) / 42


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record, with the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2))


def _write_scores(place: Path, dataset: str, value: float, *, predictions: bool = True) -> None:
    metric = DATASETS[dataset].metric
    score = {
        "value": value,
        "n": N_ITEMS,
        "definition": f"{metric} in percent",
        "subset": "all" if dataset != "mini-scienceqa" else "image",
    }
    cost = {"seconds": 2.0, "tokens": {"input": 4_500, "generated": 500}} if predictions else {}
    record = {"status": "ok", "reason": None, "scores": {metric: score}, **cost}
    write_json(place / "scores.json", record)
    if predictions:
        text_only = 5 if dataset == "mini-scienceqa" else 0
        (place / "predictions.parquet").write_bytes(_predictions(value, text_only))


@cache
def _predictions(value: float, text_only: int) -> bytes:
    """Scores of items with an image, whose mean is `value`, and of text-only ones, all 0."""
    ids = [str(index) for index in range(N_ITEMS + text_only)]
    scores = [value - 1.0, value + 1.0] * (N_ITEMS // 2) + [0.0] * text_only
    has_image = [True] * N_ITEMS + [False] * text_only
    table = pd.DataFrame({"id": ids, "has_image": has_image, "score": scores})
    return table.to_parquet(index=False)


def write_records(folder: Path, study: Study, score: Callable[[Any], float] = run_score) -> Path:
    """Write the records of all runs and baselines below `folder`; returns it."""
    for run in study.runs:
        place = folder / "runs" / run.id
        trainable = TRAINABLE[run.method] + (3_000 if run.connector == "tuned" else 0)
        write_json(
            place / "train.json",
            {
                "status": "ok",
                "reason": None,
                "settings": study.train_settings(run),
                "parameters": {
                    "trainable": trainable,
                    "total": 2_000_000 + trainable,
                    "input_embedding": 27_000,
                    "layers": 6,
                    "width": 128,
                },
                "tokens": {"input": 9_000, "answer": 1_000},
                "seconds": 4.0,
                "samples_per_second": 75.0,
                "peak_memory_bytes": 800_000_000,
                "peak_gpu_memory_bytes": None,
            },
        )
        _write_scores(place, run.dataset, score(run))
    for model, dataset in study.baselines:
        place = folder / "baselines/base" / model / dataset
        _write_scores(place, dataset, base_score(model, dataset))
    for dataset in study.datasets:
        place = folder / "baselines/constant" / dataset
        _write_scores(place, dataset, 25.0, predictions=False)
    return folder


def fail(folder: Path, run: Any, reason: str) -> None:
    """Turn a run's records into those of a training that failed before it began."""
    place = folder / "runs" / run.id
    failed = {"status": "failed", "reason": reason}
    train = json.loads((place / "train.json").read_text())
    empty = {"parameters": None, "seconds": 0.0, "samples_per_second": None}
    write_json(place / "train.json", train | empty | failed)
    write_json(place / "scores.json", failed)
