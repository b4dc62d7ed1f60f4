"""A small valid study, and a way to change one value of it."""

from copy import deepcopy
from typing import Any

_RECIPE = {"connector_learning_rate": 2e-5, "warmup_ratio": 0.03, "weight_decay": 0.0}
_JOB = {"gpu": 0, "threads": 1, "mem_mb": 1000, "runtime": 10}

_STUDY: dict[str, Any] = {
    "name": "example",
    "models": {
        "mini-llava-7b": {
            "label": "LLaVA-1.5-7B",
            "family": "llava",
            "chat": "plain",
            "base": "reference/bases/mini-llava-7b",
            "recipe": dict(_RECIPE),
        },
        "mini-qwen-vl": {
            "label": "Qwen-VL-Chat",
            "family": "qwen_vl",
            "base": "reference/bases/mini-qwen-vl",
            "recipe": {**_RECIPE, "connector_learning_rate": 1e-5},
        },
    },
    "methods": {
        "adapter": {"size": 256, "location": "mlp", "learning_rate": 5e-5, "dropout": 0.05},
        "lora": {
            "size": 128,
            "location": "both",
            "learning_rate": 2e-4,
            "dropout": 0.05,
            "alpha_per_rank": 2,
        },
        "ia3": {"location": "both", "learning_rate": 2e-4},
        "prefix": {"size": 20, "learning_rate": 1e-5},
    },
    "datasets": {
        "mini-scienceqa": {"train": 400, "validation": 100, "test": 300},
        "mini-okvqa": {"train": 280, "validation": 100, "test": 300},
    },
    "training": {
        "batch_size": 16,
        "epochs": 3,
        "schedule": "cosine",
        "precision": "float32",
        "max_length": 256,
    },
    "evaluation": {"batch_size": 64},
    "resources": {"train": dict(_JOB), "evaluate": dict(_JOB)},
    "scaling": {
        "bottleneck": {128: 8, 256: 16},
        "rank": {64: 4, 128: 8},
        "virtual_tokens": {20: 8},
        "samples": {1000: 40, 10000: 320},
        "learning_rate": {"lora": {2e-4: 2e-3, 5e-5: 5e-4}, "connector": {2e-5: 1e-3, 1e-5: 5e-4}},
    },
    "experiments": {
        "main": {"model": "all", "method": "all", "dataset": "all", "connector": ["tuned"]},
    },
}

REMOVED = object()


def example_study(**changes: Any) -> dict[str, Any]:
    """The study with the values at dotted keys (`__` for a dot) set, or taken out if REMOVED.

    A mapping given for a key replaces what is there.
    """
    study = deepcopy(_STUDY)
    for key, value in changes.items():
        change(study, key.split("__"), value)
    return study


def change(study: dict[Any, Any], path: list[Any], value: Any) -> None:
    """Set the value at `path`, or take it out if REMOVED."""
    for step in path[:-1]:
        study = study[step]
    if value is REMOVED:
        del study[path[-1]]
    else:
        study[path[-1]] = value
