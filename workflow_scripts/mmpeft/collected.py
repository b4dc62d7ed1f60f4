"""Everything that tables and figures are made of: collected files, and nothing else is read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft import losses, results, samples, tidy
from mmpeft.reported import printed, rows
from mmpeft.samples import Samples

_RESULTS, _LOSSES = "results.parquet", "losses.parquet"
_REPORTED = "reported.parquet"
_ANSWERS, _IMAGES = "samples.parquet", "sample_images.parquet"


@dataclass(frozen=True)
class Collected:
    """Tidy `results`, loss curves, and the manifest of the study (`Study.manifest`).

    Besides, what pictures show: `samples`, and `models` as `models.outline.describe` tells of them;
    and what the paper prints (`reported.printed`), which ours is compared with.
    """

    results: pd.DataFrame
    losses: pd.DataFrame
    study: Mapping[str, Any]
    samples: Samples = field(default_factory=Samples)
    models: Sequence[Mapping[str, Any]] = ()
    reported: pd.DataFrame = field(default_factory=lambda: printed.typed([]))


def gather(grid: Mapping[str, Any], folder: Path, datasets: Path, reported: Path) -> Collected:
    """Gather what exists below `folder` (results/<study>) of what `grid` (`Study.manifest`) names.

    datasets: the folder of all datasets, for the images of samples. reported: the folder of the
    numbers that the paper prints (reference/paper), which fill a study whose source they are.
    """
    numbers = printed.read(reported)
    if grid["source"] == "reported":
        return Collected(
            rows.results(grid, numbers),
            losses.collect({"cells": []}, folder),
            grid,
            models=_models(folder),
            reported=numbers,
        )
    return Collected(
        results.collect(grid, folder),
        losses.collect(grid, folder),
        grid,
        samples.collect(grid, folder, datasets),
        _models(folder),
        numbers,
    )


def write(data: Collected, folder: Path) -> None:
    """Write results.parquet and .csv, loss curves, samples, and what the paper prints."""
    results.write(data.results, folder / _RESULTS, folder / "results.csv")
    tidy.write(data.losses, folder / _LOSSES)
    samples.write(data.samples, folder / _ANSWERS, folder / _IMAGES)
    tidy.write(data.reported, folder / _REPORTED)


def read(folder: Path) -> Collected:
    """Read all collected files, study.json and models.json.

    Raises ValueError if one is of another version of this package.
    """
    return Collected(
        results.read(folder / _RESULTS),
        losses.read(folder / _LOSSES),
        json.loads((folder / "study.json").read_text(encoding="utf-8")),
        samples.read(folder / _ANSWERS, folder / _IMAGES),
        _models(folder),
        printed.read_collected(folder / _REPORTED),
    )


def _models(folder: Path) -> Sequence[Mapping[str, Any]]:
    """What models.json says; nothing before there is one."""
    file = folder / "models.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else ()
