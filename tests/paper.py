"""The paper's tables in the layout of what a study collects: an oracle for artefacts."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mmpeft import losses
from mmpeft.collected import Collected, gather
from mmpeft.datasets.registry import DATASETS
from mmpeft.results import COLUMNS, typed
from mmpeft.study import load_study

FOLDER = Path(__file__).parents[1] / "reference/paper"
_SAMPLES = {"Low-Resource": 1000, "Medium-Resource": 5000, "High-Resource": 10000}
_LABELS = ("model", "method", "connector", "visual_encoder")


def printed(table: str = "table1_main") -> pd.DataFrame:
    """The file as it is, averages included."""
    return pd.read_csv(FOLDER / f"{table}.csv")


def results(table: str = "table1_main", experiment: str = "main") -> pd.DataFrame:
    """Its scores as results of an experiment, without the printed averages.

    A mean and standard deviation become three runs that have them.
    """
    specs = {spec.label: spec for spec in DATASETS.values() if not spec.mini}
    rows = []
    for line in printed(table).query("dataset != 'Avg'").to_dict("records"):
        spec = specs[line["dataset"]]
        for seed, value in _runs(line).items():
            rows.append(
                dict.fromkeys(COLUMNS)
                | {
                    "study": "paper",
                    "kind": "run",
                    "experiment": experiment,
                    "model": line.get("model", "LLaVA-1.5-7B"),
                    "dataset": spec.name,
                    "dataset_label": spec.label,
                    "task": spec.task,
                    "seen": spec.seen,
                    "metric": spec.metric,
                    "headline": True,
                    "value": value,
                    "seed": seed,
                    "status": "ok",
                    "definition": spec.metric,
                }
                | _labels(line)
            )
    return typed(rows)


def collected(table: str, experiment: str) -> Collected:
    """The same with nothing beside it."""
    nothing = {"study": "paper", "cells": []}
    return Collected(results(table, experiment), losses.collect(nothing, FOLDER), nothing)


def everything() -> Collected:
    """All that the paper prints, as the study that it fills; no file of a run is there to read."""
    root = FOLDER.parents[1]
    study = load_study(yaml.safe_load((root / "studies/reported.yaml").read_text("utf-8")))
    manifest = json.loads(json.dumps(study.manifest()))
    return gather(manifest, Path("nowhere"), Path("nowhere"), FOLDER)


def transfers() -> Collected:
    """Table 4 as results of an evaluation, without the printed averages."""
    lines = printed("table4_generalisation").query("source_domain != 'Avg'")
    return _evaluated(
        "transfer",
        [
            {
                "method_label": line.method,
                "dataset_label": line.source_domain,
                "target_label": line.target_domain,
                "epoch_place": line.overfitting_epoch,
                "metric": line.target_domain,
                "value": line.value,
            }
            for line in lines.itertuples()
        ],
    )


def grades(metrics: dict[str, str]) -> Collected:
    """Table 5 likewise; `metrics` maps its headings to ours."""
    return _evaluated(
        "mmhal",
        [
            {
                "method_label": line.method,
                "dataset_label": line.tuned_on,
                "target_label": "MMHal-Bench",
                "epoch_place": 1,
                "metric": metrics[line.column],
                "headline": metrics[line.column] == "mmhal_score",
                "value": line.value,
            }
            for line in printed("table5_mmhal").itertuples()
        ],
    )


def captions() -> Collected:
    """Table 7 likewise, without the printed averages."""
    lines = printed("table7_hallucinated_captions").query("epoch != 'Avg'")
    return _evaluated(
        "captions",
        [
            {
                "method_label": line.method,
                "dataset_label": "IconQA-txt",
                "target_label": "Flickr30k",
                "epoch": int(line.epoch),
                "epoch_place": int(line.epoch) // 3,
                "metric": "hallucinated_captions",
                "value": float(line.hallucinated_of_100),
            }
            for line in lines.itertuples()
        ],
    )


def _evaluated(evaluation: str, rows: list[dict[str, Any]]) -> Collected:
    common = {
        "study": "paper",
        "kind": "evaluation",
        "evaluation": evaluation,
        "model": "LLaVA-1.5-7B",
        "model_label": "LLaVA-1.5-7B",
        "seen": False,
        "headline": True,
        "status": "ok",
        "definition": "as printed",
        "n": 100,
    }
    nothing = {"study": "paper", "cells": []}
    table = typed([dict.fromkeys(COLUMNS) | common | row for row in rows])
    return Collected(table, losses.collect(nothing, FOLDER), nothing)


def _runs(line: dict[str, Any]) -> dict[int, float]:
    if "value" in line:
        return {42: line["value"]}
    mean, sd = line["mean"], line["std"]
    return {21: mean - sd, 42: mean, 63: mean + sd}


def _labels(line: dict[str, Any]) -> dict[str, Any]:
    labels = {f"{axis}_label": line.get(axis) for axis in _LABELS}
    labels["model_label"] = line.get("model", "LLaVA-1.5-7B")
    if "location" in line:
        labels["location_label"] = line["location"].lower()
    if "resource" in line:
        labels["samples_label"] = _SAMPLES[line["resource"]]
    if line.get("parameter") == "learning rate":
        labels["learning_rate_label"] = float(line["setting"])
    elif "parameter" in line:
        labels["size_label"] = int(line["setting"])
    return labels
