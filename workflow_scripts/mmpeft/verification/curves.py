"""Whether losses.parquet says what the loss curves of the runs say."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from mmpeft import places


def curve_mismatches(losses: pd.DataFrame, folder: Path) -> list[str]:
    """Compare the curve of every run of the study with its file below `folder`.

    The runs of the study are the categories of `losses.run`. One sentence per difference.
    """
    curves = dict(list(losses.groupby("run", observed=False, sort=False)))
    return [fault for run in losses["run"].cat.categories for fault in _run(run, curves, folder)]


def _run(run: str, curves: dict[str, pd.DataFrame], folder: Path) -> Iterator[str]:
    name = f"{places.run(run)}/loss.csv"
    held = curves[run].drop(columns="run").reset_index(drop=True)
    # A curve without a training record may be that of an older training, and is not collected.
    if not (folder / places.run(run) / "train.json").is_file() or not (folder / name).is_file():
        if len(held):
            yield f"{name}: losses.parquet has a curve of a run without a record or a curve"
        return
    curve = pd.read_csv(folder / name)
    if list(curve.columns) != list(held.columns):
        yield f"{name}: columns {list(curve.columns)}, losses.parquet has {list(held.columns)}"
    elif len(curve) != len(held):
        yield f"{name}: {len(curve)} losses, losses.parquet has {len(held)}"
    elif not curve.equals(held.astype(curve.dtypes)):
        differs = (curve != held.astype(curve.dtypes)) & ~(curve.isna() & held.isna())
        yield f"{name}: losses.parquet differs in {int(differs.any(axis=1).sum())} rows"
