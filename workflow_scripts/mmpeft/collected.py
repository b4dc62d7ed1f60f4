"""Everything that tables and figures are made of: collected files, and nothing else is read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft import losses, results, samples, tidy
from mmpeft.samples import Samples

_RESULTS, _LOSSES = "results.parquet", "losses.parquet"
_ANSWERS, _IMAGES = "samples.parquet", "sample_images.parquet"
_STUDY, _MODELS = "study.json", "models.json"
# All files that `read` reads.
FILES = (_STUDY, _MODELS, _RESULTS, _LOSSES, _ANSWERS, _IMAGES)


@dataclass(frozen=True)
class Collected:
    """Tidy `results`, loss curves, and the manifest of the study (`Study.manifest`).

    Besides, what pictures show: `samples`, and `models` as `models.outline.describe` tells of them.
    """

    results: pd.DataFrame
    losses: pd.DataFrame
    study: Mapping[str, Any]
    samples: Samples = field(default_factory=Samples)
    models: Sequence[Mapping[str, Any]] = ()


def gather(grid: Mapping[str, Any], folder: Path, datasets: Path) -> Collected:
    """Gather what exists below `folder` (results/<study>) of what `grid` (`Study.manifest`) names.

    datasets: the folder of all datasets, for the images of samples.
    """
    return Collected(
        results.collect(grid, folder),
        losses.collect(grid, folder),
        grid,
        samples.collect(grid, folder, datasets),
        _models(folder),
    )


def write(data: Collected, folder: Path) -> None:
    """Write results.parquet, the same as results.csv, the loss curves and the samples."""
    results.write(data.results, folder / _RESULTS, folder / "results.csv")
    tidy.write(data.losses, folder / _LOSSES)
    samples.write(data.samples, folder / _ANSWERS, folder / _IMAGES)


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
    )


def _models(folder: Path) -> Sequence[Mapping[str, Any]]:
    """What models.json says; nothing before there is one."""
    file = folder / _MODELS
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else ()
