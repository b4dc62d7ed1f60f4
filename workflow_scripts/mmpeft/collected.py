"""Everything that tables and figures are made of: collected files, and nothing else is read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft import items, losses, results, samples, tidy
from mmpeft.reported import printed, rows
from mmpeft.samples import Samples

_RESULTS, _LOSSES, _ITEMS = "results.parquet", "losses.parquet", "items.parquet"
_REPORTED = "reported.parquet"
_ANSWERS, _IMAGES = "samples.parquet", "sample_images.parquet"
_STUDY, _MODELS = "study.json", "models.json"
# All files that `read` reads.
FILES = (_STUDY, _MODELS, _RESULTS, _LOSSES, _ITEMS, _ANSWERS, _IMAGES, _REPORTED)


@dataclass(frozen=True)
class Collected:
    """Tidy `results`, loss curves, and the manifest of the study (`Study.manifest`).

    Besides, what pictures show: `samples`, and `models` as `models.outline.describe` tells of them;
    what the paper prints (`reported.printed`), which ours is compared with; and `items`, the scores
    of single test items, without which numbers have no interval.
    """

    results: pd.DataFrame
    losses: pd.DataFrame
    study: Mapping[str, Any]
    samples: Samples = field(default_factory=Samples)
    models: Sequence[Mapping[str, Any]] = ()
    reported: pd.DataFrame = field(default_factory=lambda: printed.typed([]))
    items: pd.DataFrame = field(default_factory=items.empty)


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
    table = results.collect(grid, folder)
    return Collected(
        table,
        losses.collect(grid, folder),
        grid,
        samples.collect(grid, folder, datasets),
        _models(folder),
        numbers,
        items.collect(table, folder),
    )


def write(data: Collected, folder: Path) -> None:
    """Write results.parquet and .csv, loss curves, item scores, samples, the paper's numbers."""
    results.write(data.results, folder / _RESULTS, folder / "results.csv")
    tidy.write(data.losses, folder / _LOSSES)
    tidy.write(data.items, folder / _ITEMS)
    samples.write(data.samples, folder / _ANSWERS, folder / _IMAGES)
    tidy.write(data.reported, folder / _REPORTED)


def read(folder: Path) -> Collected:
    """Read all collected files, study.json and models.json.

    Raises ValueError if one is of another version of this package.
    """
    return Collected(
        results.read(folder / _RESULTS),
        losses.read(folder / _LOSSES),
        json.loads((folder / _STUDY).read_text(encoding="utf-8")),
        samples.read(folder / _ANSWERS, folder / _IMAGES),
        _models(folder),
        printed.read_collected(folder / _REPORTED),
        items.read(folder / _ITEMS),
    )


def _models(folder: Path) -> Sequence[Mapping[str, Any]]:
    """What models.json says; nothing before there is one."""
    file = folder / _MODELS
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else ()
