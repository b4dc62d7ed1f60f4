"""The loss curves of a study in one tidy table: one row per run, step and split."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def collect(grid: Mapping[str, Any], folder: Path) -> pd.DataFrame:
    """Gather the loss curves below `folder` (results/<study>) of all runs in `grid`.

    A failed run has the rows up to its failure, a run without a training record none. Raises
    ValueError naming the file for one that is not a loss curve.
    """
    runs = sorted({cell["run"] for cell in grid["cells"]})
    curves = [_curve(run, folder / places.run(run)) for run in runs]
    found = [curve for curve in curves if curve is not None]
    table = pd.concat(found) if found else pd.DataFrame(columns=list(COLUMNS))
    table["run"] = pd.Categorical(table["run"], categories=runs)
    table["split"] = pd.Categorical(table["split"], categories=[TRAIN, VALIDATION])
    return table.astype(dict(COLUMNS)).reset_index(drop=True)


def read(parquet: Path) -> pd.DataFrame:
    """Read losses.parquet; raises ValueError if its columns are not those of this version."""
    return tidy.read(parquet, COLUMNS)


def _curve(run: str, place: Path) -> pd.DataFrame | None:
    # The record is written last: without it the curve may be that of an older training.
    if not (place / "train.json").is_file():
        return None
    path = place / "loss.csv"
    curve = pd.read_csv(path)
    if list(curve.columns) != list(COLUMNS)[1:]:
        raise ValueError(f"{path}: unexpected columns {list(curve.columns)}")
    return curve.assign(run=run)[list(COLUMNS)]
