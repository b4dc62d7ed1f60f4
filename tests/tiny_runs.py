"""Tiny base models on disk, a toy dataset, and the settings of a run on them."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import tiny_models
from methods.cases import METHOD_SETTINGS
from mmpeft.datasets.schema import write_rows

DATASET = "mini-scienceqa"
COLOURS = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250)}
SIZES = {"train": 24, "validation": 6, "test": 13}
STEPS_PER_EPOCH = 3


def png(colour: str) -> bytes:
    side = tiny_models.SIDE
    pixels = np.broadcast_to(np.array(COLOURS[colour], np.uint8), (side, side, 3))
    data = io.BytesIO()
    Image.fromarray(pixels.copy()).save(data, "PNG")
    return data.getvalue()


def row(split: str, index: int) -> dict[str, Any]:
    """A question about a colour, shown in an image or, for every fourth row, told in a context."""
    names = list(COLOURS)
    colour = names[(index * 7 + len(split)) % 3]
    told = index % 4 == 0
    return {
        "id": f"{split}-{index}",
        "image": None if told else png(colour),
        "context": f"the shape is {colour}" if told else "",
        "question": "What colour is the shape ?" if index % 2 else "What colour ?",
        "choices": names[index % 3 :] + names[: index % 3],
        "answers": [colour],
        "references": [],
        "split": split,
        "meta": "{}",
    }


def rows(split: str, size: int | None = None) -> list[dict[str, Any]]:
    return [row(split, index) for index in range(SIZES[split] if size is None else size)]


def write_data(folder: Path) -> Path:
    for split in SIZES:
        write_rows(rows(split), folder / f"{split}.parquet")
    return folder


def write_base(folder: Path, family: str) -> Path:
    tiny_models.model(family).save_pretrained(folder)
    tiny_models.processor(family).save_pretrained(folder)
    return folder


def train_settings(base: Path, family: str, method: str = "lora", **changes: Any) -> dict[str, Any]:
    """Settings as `Study.train_settings` writes them."""
    location = None if method == "prefix" else "both"
    settings = {
        "model": {"name": f"tiny-{family}", "base": str(base), **tiny_models.SETTINGS[family]},
        "method": {"name": method, "location": location, **METHOD_SETTINGS[method]},
        "dataset": {"name": DATASET},
        "connector": "tuned",
        "visual_encoder": "frozen",
        "learning_rate": 1e-2,
        "connector_learning_rate": 1e-3,
        "visual_encoder_learning_rate": None,
        "train_samples": 24,
        "epochs": 2,
        "batch_size": 8,
        "warmup_ratio": 0.1,
        "weight_decay": 0.0,
        "schedule": "cosine",
        "precision": "float32",
        "max_length": 64,
        "seeds": {"init": 1, "order": 2, "subset": 3},
    }
    return json.loads(json.dumps({**settings, **changes}))


def evaluate_settings(base: Path, family: str, **changes: Any) -> dict[str, Any]:
    return {
        "model": {"name": f"tiny-{family}", "base": str(base), **tiny_models.SETTINGS[family]},
        "dataset": {"name": DATASET},
        "batch_size": 4,
        "precision": "float32",
        **changes,
    }
