"""A study of one run whose answers another server, and whose captions people judge."""

from typing import Any

import yaml

from workflow_tree import ROOT


def judged_study(base_url: str, **limits: int) -> dict[str, Any]:
    """The smoke study, reduced to one LoRA run, with both judges that judge afterwards."""
    study = yaml.safe_load((ROOT / "studies/smoke.yaml").read_text(encoding="utf-8"))
    study["name"] = "judged"
    model = "mini-llava-7b"
    study["models"] = {model: study["models"][model]}
    study["methods"] = {"lora": study["methods"]["lora"]}
    study["datasets"] |= {"mini-flickr30k": {"train": 8, "validation": 8, "test": 8}}
    run = {"model": [model], "method": ["lora"], "dataset": ["mini-scienceqa"]}
    study["experiments"] = {"main": run}
    study["judges"] = {
        "server": {"kind": "endpoint", "base_url": base_url, "model": "judge-1", **limits},
        "people": {"kind": "annotators", "annotations": "annotations/judged"},
    }
    evaluations = study["evaluations"]
    study["evaluations"] = {
        "mmhal": evaluations["mmhal"] | {"runs": {"experiment": "main"}, "judge": "server"},
        "captions": evaluations["captions"]
        | {
            "runs": {"experiment": "main"},
            "judge": "people",
            "candidates": 6,
            "images": 2,
            "epochs": [1],
        },
    }
    del study["examples"]
    return study
