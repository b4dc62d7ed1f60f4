"""Loss curves as cells that claims can be read on.

RISE: how far the validation loss of a run has risen from its minimum to the last epoch, in nats per
answer token. A cell is the mean over its runs, and seeds alone are resampled.

SPREAD: how far the training losses of runs that differ in their seed lie apart, step by step. The
standard deviation of a cell is the root of the mean variance over the parts of a training.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmpeft.aggregation import MISSING, OK
from mmpeft.contrasts import Cells
from mmpeft.losses import TRAIN, VALIDATION, over_parts

RISE, SPREAD = "rise", "spread"
PARTS = 25  # of a training, as in Figure 7
NO_CURVE = "no loss curve"


def cells_of_losses(
    rows: pd.DataFrame, losses: pd.DataFrame, by: Sequence[str], measure: str
) -> Cells:
    """The cells of runs by the columns `by`, with RISE as value, or SPREAD as sd.

    rows: headline scores of runs. losses: as `losses.collect` gives them. A run without a curve is
    a gap.
    """
    curves = dict(list(losses[losses["run"].isin(rows["run"])].groupby("run", observed=True)))
    measured = _rise if measure == RISE else _mean_training
    known = {run: measured(curve) for run, curve in curves.items()}
    rows = rows.assign(value=rows["run"].astype(object).map(known).astype(float))
    there = (rows["status"] != OK) | rows["value"].notna()
    rows["status"] = rows["status"].astype(object).where(there, MISSING)
    rows["reason"] = rows["reason"].astype(object).where(there, NO_CURVE)
    if measure == RISE:
        return Cells(rows, by, _as_items(rows))
    cells = Cells(rows, by, {})
    number = rows.groupby(list(by), observed=True, sort=True, dropna=False).ngroup()
    own = rows.groupby(number)["run"]
    spreads = own.agg(lambda runs: spread([curves[run] for run in runs if run in curves]))
    cells.table["sd"] = spreads.reindex(cells.table.index).where(cells.table["status"] == OK)
    return cells


def spread(curves: Sequence[pd.DataFrame]) -> float:
    """Standard deviation of the training loss over runs, pooled over the parts of a training.

    NaN for fewer than two runs.
    """
    if len(curves) < 2:
        return float("nan")
    each = over_parts(pd.concat(curves), PARTS)
    return float(np.sqrt(each.var(axis=1, ddof=1).mean()))


def _rise(curve: pd.DataFrame) -> float:
    validation = curve[curve["split"] == VALIDATION].sort_values("epoch")["loss"]
    return float(validation.iloc[-1] - validation.min()) if len(validation) else float("nan")


def _mean_training(curve: pd.DataFrame) -> float:
    return float(curve.loc[curve["split"] == TRAIN, "loss"].mean())


def _as_items(rows: pd.DataFrame) -> Mapping[tuple[Any, ...], pd.Series]:
    """The value of each run as that of its one item, in the layout of `items.by_record`."""
    scored = rows[rows["status"] == OK]
    return {
        (row.scores_record, 0): pd.Series([row.value], index=pd.CategoricalIndex([RISE]))
        for row in scored.itertuples()
    }
