"""One JSON file a run in the layout of peft's `method_comparison`.

Fields as `log_results` in method_comparison/MetaMathQA/utils.py of huggingface/peft at commit
0134244 writes them, with the types that `load_df` in method_comparison/processing.py at 0006753
reads. What no record of a run tells is null.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from mmpeft import places
from mmpeft.aggregation import OK
from mmpeft.datasets.registry import DATASETS
from mmpeft.files import write_json

Record = Mapping[str, Any]

# Their "test accuracy" is a share of 1; CIDEr has no upper bound and is no accuracy.
NO_ACCURACY = frozenset({"cider"})
_CLIPPED_TO = 1.0  # the norm of gradients, by the default of the Trainer
_PACKAGES = ("transformers", "peft", "datasets", "bitsandbytes", "torch")
_UNKNOWN = {"sha": None, "created_at": None}


def write(grid: Record, folder: Path, out: Path) -> None:
    """Write `<method>--<run id, -- for />.json` for every run of the grid."""
    for run in sorted({cell["run"] for cell in grid["cells"]}):
        exported = export(run, folder)
        name = exported["run_info"]["experiment_name"].replace("/", "--")
        write_json(out / f"{name}.json", exported)


def export(run: str, folder: Path) -> dict[str, Any]:
    """Return the result of a run, from its files below `folder` (results/<study>).

    Seconds, bytes, and nats per answer token. Accelerator memory is 0 without an accelerator; with
    one, only its maximum is known.
    """
    place = folder / places.run(run)
    train, scored = (
        json.loads((place / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("train", "scores")
    )
    settings, origin = train["settings"], train["provenance"]
    succeeded = train["status"] == scored["status"] == OK
    parameters = train["parameters"] or {}
    return {
        "run_info": {
            "created_at": origin["recorded"],
            "total_time": train["total_seconds"] + scored["total_seconds"],
            "experiment_name": f"{settings['method']['name']}/{run.replace('/', '--')}",
            "peft_branch": None,
            "train_config": _train_config(train, scored["settings"]),
            "peft_config": _peft_config(place / "adapter/adapter_config.json"),
            "error_msg": train["reason"] or scored["reason"] or "",
        },
        "train_info": {
            **_memory(train),
            "train_time": train["seconds"],
            "file_size": _size(place / "adapter/adapter_model.safetensors"),
            "num_trainable_params": parameters.get("trainable"),
            "num_total_params": parameters.get("total"),
            "status": "success" if succeeded else "failed",
            "metrics": list(_metrics(place / "loss.csv", train, scored)) if succeeded else [],
        },
        "meta_info": {
            "model_info": _UNKNOWN,
            "dataset_info": {settings["dataset"]["name"]: _UNKNOWN},
            "package_info": {
                key: value
                for name in _PACKAGES
                for key, value in (
                    (f"{name}-version", origin["versions"].get(name)),
                    (f"{name}-commit-hash", None),
                )
            },
            "system_info": _system(origin["hardware"]),
            "pytorch_info": None,
            "peft_mllm_bench": {"run": run, "settings": settings, "git": origin["git"]},
        },
    }


def _train_config(train: Record, scoring: Record) -> dict[str, Any]:
    """The recipe by their names; the connector's rate and all that they lack is in `settings`."""
    settings = train["settings"]
    return {
        "model_id": settings["model"]["name"],
        "dtype": settings["precision"],
        "max_seq_length": settings["max_length"],
        "batch_size": settings["batch_size"],
        "batch_size_eval": scoring["batch_size"],
        "max_steps": train["steps"],
        "eval_steps": train["steps"] // settings["epochs"],
        "compile": False,
        "use_gc": False,
        "query_template": None,
        "seed": settings["seeds"]["init"],
        "grad_norm_clip": _CLIPPED_TO,
        "optimizer_type": "AdamW",
        "optimizer_kwargs": {
            "lr": settings["learning_rate"],
            "weight_decay": settings["weight_decay"],
        },
        "lr_scheduler": settings["schedule"],
        "use_amp": False,
        "autocast_adapter_dtype": None,
        "generation_kwargs": {"max_new_tokens": scoring["dataset"]["max_new_tokens"]},
        "attn_implementation": None,
        "init_kv_cache_prefix": None,
    }


def _peft_config(path: Path) -> dict[str, Any] | None:
    """What peft saved with the adapter; a failed run has none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _memory(train: Record) -> dict[str, int | None]:
    unused = None if train["provenance"]["hardware"]["gpus"] else 0
    return {
        "accelerator_memory_reserved_avg": unused,
        "accelerator_memory_max": train["peak_gpu_memory_bytes"] or unused,
        "accelerator_memory_reserved_99th": unused,
    }


def _system(hardware: Record) -> dict[str, str | None]:
    system, _, machine = hardware["system"].partition(" ")
    return {
        "system": system,
        "release": None,
        "version": None,
        "machine": machine,
        "processor": hardware["processor"],
        "accelerator": next(iter(hardware["gpus"]), None),
    }


def _metrics(losses: Path, train: Record, scored: Record) -> Iterator[dict[str, Any]]:
    """One entry after each epoch, and one of the test set."""
    with losses.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    since: list[float] = []
    for row in rows:
        if row["split"] == "train":
            since.append(float(row["loss"]))
            continue
        latest, since = fmean(since), []
        yield {
            "step": int(row["step"]),
            "valid loss": float(row["loss"]),
            "train loss": latest,
            "train samples": round(float(row["epoch"]) * train["train_samples"]),
        }
    metric = DATASETS[scored["dataset"]].metric
    value = scored["scores"][metric]["value"]
    yield {
        "step": train["steps"],
        "test accuracy": None if metric in NO_ACCURACY else value / 100,
        **{f"test {name}": score["value"] for name, score in scored["scores"].items()},
        "train loss": latest,
        "train samples": train["samples_seen"],
        "train total tokens": sum(train["tokens"].values()),
    }
