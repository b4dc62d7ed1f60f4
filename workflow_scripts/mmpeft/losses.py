"""The loss curves of a study in one tidy table: one row per run, step and split."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmpeft import places, tidy

# Loss: mean cross entropy over answer tokens, in nats. Validation rows have no learning rate.
COLUMNS: Mapping[str, str] = {
    "run": "category",
    "step": "int64",
    "epoch": "float64",
    "split": "category",
    "loss": "float64",
    "learning_rate": "float64",
}
TRAIN, VALIDATION = "train", "validation"
_HEADER = ",".join(list(COLUMNS)[1:])


def collect(grid: Mapping[str, Any], folder: Path) -> pd.DataFrame:
    """Gather the loss curves below `folder` (results/<study>) of all runs in `grid`.

    A failed run has the rows up to its failure, a run without a training record none. Raises
    ValueError naming the file for one that is not a loss curve.
    """
    runs = sorted({cell["run"] for cell in grid["cells"]})
    curves = [_curve(folder / places.run(run)) for run in runs]
    # One table: to parse each of thousands of small files costs more than all that is in them.
    lines = [_HEADER, *(line for curve in curves for line in curve)]
    table = pd.read_csv(io.StringIO("\n".join(lines)))
    of_lines = np.repeat(np.arange(len(runs)), [len(curve) for curve in curves])
    table["run"] = pd.Categorical.from_codes(of_lines, categories=runs)
    table["split"] = pd.Categorical(table["split"], categories=[TRAIN, VALIDATION])
    return table[list(COLUMNS)].astype(dict(COLUMNS))


def read(parquet: Path) -> pd.DataFrame:
    """Read losses.parquet; raises ValueError if its columns are not those of this version."""
    return tidy.read(parquet, COLUMNS)


def over_parts(losses: pd.DataFrame, parts: int) -> pd.DataFrame:
    """Return the mean training loss of runs in equal parts of the training.

    `losses` are those of runs with equally many steps, which are cut into `parts` (into single
    steps if there are fewer). A row for each part, numbered from 1, and a column for each run.
    """
    train = losses[losses["split"] == TRAIN]
    steps = int(train["step"].max())
    parts = min(parts, steps)
    part = np.ceil(train["step"] * parts / steps - 1e-9).astype(int).rename("part")
    return train.groupby([part, train["run"].astype(str)])["loss"].mean().unstack()


def _curve(place: Path) -> list[str]:
    """The lines of a loss curve, without their header; none without a training record."""
    # The record is written last: without it the curve may be that of an older training.
    if not (place / "train.json").is_file():
        return []
    path = place / "loss.csv"
    header, *lines = path.read_text(encoding="utf-8").split() or [""]
    if header != _HEADER:
        raise ValueError(f"{path}: unexpected columns {header.split(',')}")
    return lines
