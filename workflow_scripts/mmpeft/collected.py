"""Everything that tables and figures are made of: three files, and nothing else is read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft import losses, results
from mmpeft.files import whole_file


@dataclass(frozen=True)
class Collected:
    """Tidy `results`, loss curves, and the manifest of the study (`Study.manifest`)."""

    results: pd.DataFrame
    losses: pd.DataFrame
    study: Mapping[str, Any]


def gather(study: Mapping[str, Any], folder: Path) -> Collected:
    """Gather what exists below `folder` (results/<study>) of what the manifest asks for."""
    return Collected(results.collect(study, folder), losses.collect(study, folder), study)


def write(data: Collected, folder: Path) -> None:
    """Write results.parquet, the same as results.csv, and losses.parquet."""
    with whole_file(folder / "losses.parquet") as part:
        data.losses.to_parquet(part, index=False)
    results.write(data.results, folder / "results.parquet", folder / "results.csv")


def read(folder: Path) -> Collected:
    """Read results.parquet, losses.parquet and study.json.

    Raises ValueError if one is of another version of this package.
    """
    study = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    return Collected(
        results.read(folder / "results.parquet"), losses.read(folder / "losses.parquet"), study
    )
