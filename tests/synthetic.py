"""A made-up study and records of its runs in the layout that the rules write."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmpeft.collected import Collected, gather
from mmpeft.datasets.registry import DATASETS
from mmpeft.files import write_json
from mmpeft.study import Study, load_study

REPORTED = Path(__file__).parents[1] / "reference/paper"
HARDWARE = {"gpus": [], "processor": "Processor of a test", "threads": 1}
# What every record of a job that loads a model ends with.
JOB = {
    "peak_memory_bytes": 800_000_000,
    "peak_gpu_memory_bytes": None,
    "fingerprint": "f" * 64,
    "provenance": {
        "recorded": "2026-01-01T00:00:00+00:00",
        "hardware": HARDWARE,
        "git": {"commit": "c" * 40, "dirty": False},
    },
}
N_ITEMS = 50
N_TEXT_ONLY = 5  # more items of ScienceQA, without an image; all are answered wrongly
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
    experiments = {
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
    }
    return load_study(_config(MODELS, DATASETS_USED, experiments))


def sweeps() -> Study:
    """All experiments and evaluations of the complete studies, with few data sets."""
    models = {"mini-llava-7b": "LLaVA-1.5-7B", "mini-qwen-vl": "Qwen-VL-Chat"}
    names = ("mini-scienceqa", "mini-iconqa-txt", "mini-vizwiz", "mini-okvqa")
    seeds = [21, 42, 63]
    stability = {"dataset": ["mini-scienceqa", "mini-okvqa"], "seed": seeds}
    location = {"method": ["adapter", "lora", "ia3"], "location": ["attn", "mlp", "both"]}
    llava: dict[str, Any] = {"model": ["mini-llava-7b"], "method": "all", "dataset": list(names)}
    long = ["mini-scienceqa", "mini-iconqa-txt", "mini-vizwiz"]
    experiments = {
        "main": llava,
        "location_llava": llava | location,
        "location_qwen": llava | location | {"model": ["mini-qwen-vl"]},
        "data_scale": llava | {"samples": [1000, 5000, 10000]},
        "size": llava
        | stability
        | {
            "method": ["adapter", "lora", "prefix"],
            "size": {"adapter": [128, 256], "lora": [64, 128], "prefix": [10, 20]},
        },
        "learning_rate": llava | stability | {"learning_rate": [2.0e-4, 5.0e-5, 1.0e-5]},
        "long": llava | {"dataset": long, "epochs": [12]},
        "visual_encoder": llava | {"visual_encoder": ["frozen", "tuned"]},
    }
    config = _config(models, names, experiments)
    config["datasets"]["mini-okvqa"]["train"] = 60
    config["datasets"]["mini-flickr30k"] = {"train": 10, "validation": 5, "test": 120}
    config["datasets"]["mini-mmhal"] = {"test": 8}
    tuned_on = ["mini-iconqa-txt", "mini-okvqa"]
    config["evaluations"] = {
        "transfer": {
            "runs": {"experiment": "long"},
            "measure": "transfer",
            "targets": long,
            "epochs": {"nearest_to_minimum": 4},
        },
        "captions": {
            "runs": {"experiment": "long", "dataset": ["mini-iconqa-txt"]},
            "measure": "captions",
            "targets": ["mini-flickr30k"],
            "judge": "scene_graph",
            "candidates": 120,
            "images": 100,
            "epochs": [3, 6, 9, 12],
        },
        "mmhal": {
            "runs": {"experiment": "main", "dataset": tuned_on},
            "measure": "mmhal",
            "targets": ["mini-mmhal"],
            "judge": "scene_graph",
            "epochs": "last",
        },
    }
    config["models"]["mini-qwen-vl"]["family"] = "qwen_vl"
    config["scaling"] = {
        "bottleneck": {128: 8, 256: 16},
        "rank": {64: 4, 128: 8},
        "virtual_tokens": {10: 4, 20: 8},
        "samples": {1000: 20, 5000: 40, 10000: 80},
        "learning_rate": {"connector": {2.0e-5: 1.0e-3}},
    }
    return load_study(config)


def _config(
    models: Mapping[str, str], datasets: tuple[str, ...], experiments: Mapping[str, Any]
) -> dict[str, Any]:
    job = {"gpu": 0, "threads": 1, "mem_mb": 1000, "runtime": 10}
    return {
        "name": "synthetic",
        "models": {
            name: {
                "label": label,
                "family": "llava",
                "base": f"reference/bases/{name}",
                "recipe": {
                    "connector_learning_rate": 2.0e-5,
                    "visual_encoder_learning_rate": 2.0e-6,
                    "warmup_ratio": 0.03,
                    "weight_decay": 0.0,
                },
            }
            for name, label in models.items()
        },
        "methods": METHODS,
        "datasets": {name: {"train": 100, "validation": 20, "test": N_ITEMS} for name in datasets},
        "training": {
            "batch_size": 16,
            "epochs": 3,
            "schedule": "cosine",
            "precision": "float32",
            "max_length": 128,
        },
        "evaluation": {"batch_size": 32},
        "resources": {"train": job, "evaluate": job},
        "experiments": dict(experiments),
    }


def base_score(model: str, dataset: str) -> float:
    """The un-tuned base: 30 on unseen sets, 70 on seen ones; the larger model is better."""
    return (70.0 if DATASETS[dataset].seen else 30.0) + (4.0 if model == "mini-llava-13b" else 0.0)


def run_score(run: Any) -> float:
    """Unseen sets gain what the method gives, seen sets a tenth; seeds move it by half a point."""
    gain = GAIN[run.method] * (0.1 if DATASETS[run.dataset].seen else 1.0)
    connector = 2.0 if run.connector == "tuned" else 0.0
    return base_score(run.model, run.dataset) + gain + connector + (run.init_seed - 42) / 42


def run_losses(run: Any) -> list[str]:
    """Lines of loss.csv: training falls from 2 to 1, validation is least after epoch 4.

    Seeds move the training loss by half a nat.
    """
    per_epoch = -(-run.train_samples // 16)
    steps = per_epoch * run.epochs
    lines = ["step,epoch,split,loss,learning_rate"]
    for step in range(1, steps + 1):
        loss = 2.0 - step / steps + (run.init_seed - 42) / 42
        lines.append(f"{step},{step / per_epoch},train,{loss},0.001")
        if step % per_epoch == 0:
            epoch = step // per_epoch
            lines.append(f"{step},{float(epoch)},validation,{1.0 + (epoch - 4) ** 2 / 16},")
    return lines


def _write_scores(place: Path, dataset: str, value: float, *, predictions: bool = True) -> None:
    metric = DATASETS[dataset].metric
    score = {
        "value": value,
        "n": N_ITEMS,
        "definition": f"{metric} in percent",
        "subset": "all" if dataset != "mini-scienceqa" else "image",
    }
    scores = {metric: score}
    text_only = N_TEXT_ONLY if dataset == "mini-scienceqa" else 0
    if text_only:
        n = N_ITEMS + text_only
        scores[f"{metric}_all"] = score | {"value": value * N_ITEMS / n, "n": n, "subset": "all"}
    record = {"status": "ok", "reason": None, "scores": scores}
    if predictions:
        tokens = {"input": 4_500, "generated": 500}
        record |= {"seconds": 2.0, "samples_per_second": 25.0, "tokens": tokens, **JOB}
    write_json(place / "scores.json", record)
    if predictions:
        (place / "predictions.parquet").write_bytes(_predictions(value, text_only))


@cache
def _predictions(value: float, text_only: int) -> bytes:
    """Scores of items with an image, whose mean is `value`, and of text-only ones, all 0."""
    ids = [str(index) for index in range(N_ITEMS + text_only)]
    scores = [value - 1.0, value + 1.0] * (N_ITEMS // 2) + [0.0] * text_only
    has_image = [True] * N_ITEMS + [False] * text_only
    table = pd.DataFrame({"id": ids, "has_image": has_image, "score": scores})
    return table.to_parquet(index=False)


def write_training(folder: Path, study: Study, run: Any, losses: list[str]) -> None:
    """Write the record of a training that went well and its loss curve, lines of a file."""
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
                "groups": {"method": TRAINABLE[run.method]},
                "input_embedding": 27_000,
                "layers": 6,
                "width": 128,
            },
            "tokens": {"input": 9_000, "answer": 1_000},
            "seconds": 4.0,
            "samples_per_second": 75.0,
            "samples_seen": 300,
            "micro_batch_sizes": [16],
            "resumed_from_step": None,
            **JOB,
        },
    )
    (place / "loss.csv").write_text("\n".join([*losses, ""]))


def write_records(
    folder: Path,
    study: Study,
    score: Callable[[Any], float] = run_score,
    losses: Callable[[Any], list[str]] = run_losses,
) -> Path:
    """Write the records of all runs and baselines below `folder`; returns it."""
    for run in study.runs:
        write_training(folder, study, run, losses(run))
        _write_scores(folder / "runs" / run.id, run.dataset, score(run))
    for model, dataset in study.baselines:
        place = folder / "baselines/base" / model / dataset
        _write_scores(place, dataset, base_score(model, dataset))
    for dataset in study.datasets:
        place = folder / "baselines/constant" / dataset
        _write_scores(place, dataset, 25.0, predictions=False)
    return folder


def manifest(study: Study) -> dict[str, Any]:
    """The manifest as `study.json` holds it."""
    return json.loads(json.dumps(study.manifest()))


def collected(folder: Path, study: Study) -> Collected:
    """What the records below `folder` give, and the manifest."""
    return gather(manifest(study), folder, folder / "no_datasets", REPORTED)


def with_noise(data: Collected, sd: float) -> Collected:
    """The same results with normal noise on the scores of the items."""
    noise = np.random.default_rng(0).normal(0, sd, len(data.items)).astype("float32")
    return replace(data, items=data.items.assign(score=data.items["score"] + noise))


def fail(folder: Path, run: Any, reason: str) -> None:
    """Turn a run's records into those of a training that ran out of memory before it began."""
    place = folder / "runs" / run.id
    failed = {"status": "oom", "reason": reason, "failure": {"excerpt": []}}
    train = json.loads((place / "train.json").read_text())
    empty = {"parameters": None, "seconds": 0.0, "samples_per_second": None}
    write_json(place / "train.json", train | empty | failed)
    write_json(place / "scores.json", failed)
