"""A study of a real run of a tiny model, one that failed, a base and an evaluation."""

from pathlib import Path
from typing import Any

import pytest

import tiny_runs
from mmpeft import exports, places
from mmpeft.datasets.registry import DATASETS
from mmpeft.evaluation import evaluate
from mmpeft.measures.job import measure_run
from mmpeft.training import fine_tune

DATASET, METRIC = tiny_runs.DATASET, DATASETS[tiny_runs.DATASET].metric
RUN, FAILED = "tiny/toy/lora/a/b/c/d", "tiny/toy/lora/a/b/too-fast/d"
GRID: dict[str, Any] = {
    "cells": [
        {"run": RUN, "dataset": DATASET},
        {"run": FAILED, "dataset": DATASET},
        {"run": RUN, "dataset": DATASET},  # of another experiment
    ],
    "source": "run",
    "baselines": [{"model": "tiny", "dataset": DATASET}],
    "evaluations": [{"run": RUN, "evaluation": "transfer", "target": DATASET}],
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """The folder of the results."""
    folder = tmp_path_factory.mktemp("exported")
    base, data = tiny_runs.write_base(folder / "base", "llava"), folder / "data"
    tiny_runs.write_data(data)
    dataset = {"name": DATASET, "metric": METRIC, "max_new_tokens": 4}
    scoring = tiny_runs.evaluate_settings(base, "llava", dataset=dataset)
    for run, rate in ((RUN, 1e-2), (FAILED, 1e30)):
        place = folder / places.run(run)
        settings = tiny_runs.train_settings(base, "llava", kept_epochs=[1], learning_rate=rate)
        fine_tune(settings, data, place)
        evaluate(scoring, data, place / "adapter", place)
    evaluate(scoring, data, None, folder / places.base("tiny", DATASET))
    measured = {**scoring, "measure": "transfer", "epochs": [1, 2], "last_epoch": 2}
    place = folder / places.evaluation("transfer", DATASET, RUN)
    measure_run(measured, data / "test.parquet", folder / places.run(RUN), None, place)
    return folder


@pytest.fixture(scope="session")
def exported(folder, tmp_path_factory) -> Path:
    """What is exported of it."""
    out = tmp_path_factory.mktemp("out") / "exports"
    exports.write(GRID, folder, out)
    return out
