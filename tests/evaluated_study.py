"""A small valid study with one evaluation of each kind, and examples."""

from typing import Any

from example_study import example_study

LONG = {
    "model": ["mini-llava-7b"],
    "method": ["lora", "prefix"],
    "dataset": ["mini-scienceqa", "mini-okvqa"],
    "epochs": [4],
}
EVALUATIONS: dict[str, Any] = {
    "transfer": {
        "runs": {"experiment": "long"},
        "measure": "transfer",
        "targets": ["mini-scienceqa", "mini-okvqa"],
        "epochs": {"nearest_to_minimum": 2},
    },
    "captions": {
        "runs": {"experiment": "long", "dataset": ["mini-okvqa"]},
        "measure": "captions",
        "targets": ["mini-flickr30k"],
        "judge": "scene_graph",
        "candidates": 20,
        "images": 10,
        "epochs": [2, 4],
    },
    "mmhal": {
        "runs": {"experiment": "main", "model": ["mini-llava-7b"], "connector": ["tuned"]},
        "measure": "mmhal",
        "targets": ["mini-mmhal"],
        "judge": "scene_graph",
        "epochs": "last",
    },
}
EXAMPLES = {"answers": {"runs": {"experiment": "main", "model": ["mini-qwen-vl"]}, "items": 3}}


def evaluated_study(**changes: Any) -> dict[str, Any]:
    """`example_study` with experiments of one and of four epochs, and all kinds of evaluations."""
    study = example_study()
    study["datasets"] |= {
        "mini-flickr30k": {"train": 40, "validation": 8, "test": 30},
        "mini-mmhal": {"test": 16},
    }
    main = {
        "model": "all",
        "method": ["lora"],
        "dataset": ["mini-okvqa"],
        "connector": ["tuned", "frozen"],
    }
    study["experiments"] = {"main": main, "long": dict(LONG)}
    evaluations = {name: dict(evaluation) for name, evaluation in EVALUATIONS.items()}
    return study | {"evaluations": evaluations, "examples": dict(EXAMPLES)} | changes
