"""Every cell of a study with its mean, its standard deviation over runs, n and interval."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mmpeft import aggregation, axes, items
from mmpeft.aggregation import OK
from mmpeft.artefacts.kinds import IntervalTable
from mmpeft.axes import AXES
from mmpeft.collected import Collected
from mmpeft.contrasts import Cells, Effect
from mmpeft.tables import notes
from mmpeft.tables.lines import Line, gap_for, single
from mmpeft.tables.model import Cell, Table, gap

_SHOWN = ("model", "method", "dataset")
# Axes that stand together in the column "Setting", where they vary within an experiment.
_SETTINGS = (
    "location",
    "size",
    "learning_rate",
    "connector",
    "visual_encoder",
    "samples",
    "target",
    "epoch",
    "epoch_place",
)
_COLUMNS = ("Mean", "sd", "Runs", "Items", "95 % CI from", "to")


def interval_table(data: Collected, spec: IntervalTable) -> Table:
    """List the cells of all experiments and evaluations, gaps as such.

    Intervals are of the mean: over test items, and over seeds where there are several runs.
    """
    results = data.results
    scores = items.by_record(data.items)
    lines: list[Line] = []
    for name in results.loc[results["kind"] == "run", "experiment"].unique():
        lines += _lines(name, aggregation.headline_scores(results, "run", name), scores)
    for name in results["evaluation"].dropna().unique():
        rows = aggregation.evaluation_scores(results, name)
        lines += _lines(f"evaluation: {name}", rows, scores)
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=("Experiment", *(AXES[axis].heading for axis in _SHOWN), "Setting"),
        columns=_COLUMNS,
        rows=tuple(lines),
        notes=(
            notes.study(results[results["model_label"].notna()]),
            "Setting: the axes on which runs of a method differ within the experiment, in the "
            "paper's labels.",
            "sd: sample standard deviation over runs that differ in their seed.",
            "95 % CI: hierarchical bootstrap of the mean over test items, and over seeds where "
            "there are several runs; of a single run it is over test items alone, and does not "
            "say what another seed would give.",
        ),
    )


def _lines(name: str, rows: pd.DataFrame, scores: Mapping[Any, pd.Series]) -> Iterator[Line]:
    columns = {axis: axis if axis.startswith("epoch") else f"{axis}_label" for axis in _SETTINGS}
    values = rows.groupby("method_label", observed=True)[list(columns.values())].nunique().max()
    varying = {axis: column for axis, column in columns.items() if values[column] > 1}
    cells = Cells(rows, [*(f"{axis}_label" for axis in _SHOWN), *varying.values()], scores)
    effects = cells.effects([{cell: 1.0} for cell in cells.table.index])
    for (index, cell), effect in zip(cells.table.iterrows(), effects, strict=True):
        shown = tuple(str(cell[f"{axis}_label"]) for axis in _SHOWN)
        setting = _setting({axis: cell[column] for axis, column in varying.items()})
        yield (name, *shown, setting), _cells(cell, effect, cells.answers(index))


def _setting(labels: Mapping[str, Any]) -> str:
    """The labels of a cell in words; of an epoch its number, or else its place."""
    known = {axis: label for axis, label in labels.items() if not pd.isna(label)}
    if "epoch" in known:
        known.pop("epoch_place", None)
    told = []
    for axis, label in known.items():
        heading, text = AXES[axis].heading, axes.text(axis, label)
        told.append(text if text.startswith(heading) else f"{heading} {text}")
    return ", ".join(one[0].lower() + one[1:] for one in told)


def _cells(cell: pd.Series, effect: Effect, answers: np.ndarray | None) -> tuple[Cell, ...]:
    if cell["status"] != OK:
        return (gap_for(cell["status"]), *(gap() for _ in _COLUMNS[1:]))
    runs = int(cell["runs"])
    interval = effect.interval()
    return (
        single(cell["value"], 2),
        gap(f"n/a (n={runs})") if pd.isna(cell["sd"]) else single(cell["sd"], 2),
        Cell(str(runs), runs),
        gap() if answers is None else Cell(str(answers.shape[1]), answers.shape[1]),
        *(single(end) for end in interval or ()),
        *([gap(f"n/a ({effect.why})")] * 2 if interval is None else ()),
    )
