"""Tables of scores: axes x data sets, with an average or with the spread over seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mmpeft import aggregation
from mmpeft.artefacts.kinds import ScoreTable
from mmpeft.axes import AXES, NOT_APPLICABLE
from mmpeft.collected import Collected
from mmpeft.tables import notes
from mmpeft.tables.lines import Line, average, groups, line_cells, mark_best
from mmpeft.tables.model import AVERAGE, Cell, Table

BASE, CONSTANT = "un-tuned base", "best constant answer"


def score_table(data: Collected, spec: ScoreTable) -> Table:
    """Build a table of scores; raises ValueError if the results lack its experiment."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    by = [f"{axis}_label" for axis in (*spec.rows, "dataset")]
    cells = aggregation.cells(rows, by)
    columns = tuple(rows["dataset_label"].cat.categories)

    lines: list[Line] = []
    for _, block in groups(cells, spec.best_within):
        lines += mark_best(
            [
                (label, _cells(line, columns, spec.spread))
                for label, line in groups(block, spec.rows)
            ]
        )
    told = [notes.study(rows), *aggregation.coverage(cells, by)]
    if spec.baselines:
        lines, gaps = _with_baselines(spec, data.results, lines, columns)
        told += gaps
    told.append(notes.runs(cells["runs"]))
    if spec.spread:
        told.append(_spread_of(rows))
    else:
        told.append(f"{AVERAGE}: mean over the {len(columns)} data sets shown; – if one has a gap.")
        told += notes.mixture(rows)
    within = [AXES[axis].heading.lower() for axis in spec.best_within]
    told.append(notes.best("mean" if spec.spread else "fine-tuned score", within))
    told += notes.scale(rows, spec.rows)
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=tuple(AXES[axis].heading for axis in spec.rows),
        columns=columns if spec.spread else (*columns, AVERAGE),
        rows=tuple(lines),
        notes=(*told, *notes.datasets(rows)),
        beside=("sd", "n") if spec.spread else (),
    )


def _spread_of(rows: pd.DataFrame) -> str:
    """Say which standard deviation is shown: that of the runs, or one that is reported."""
    if (rows["runs"] > 1).any():
        return "Cells: mean ± standard deviation, as reported; of a sample or not is not said."
    return "Cells: mean ± sample standard deviation of the runs, in points."


def _cells(line: pd.DataFrame, columns: Sequence[str], spread: bool) -> tuple[Cell, ...]:
    """Return the cells of one line; an average follows if there is no spread."""
    if spread:
        return line_cells(line, "dataset_label", columns, _mean)
    cells = line_cells(line, "dataset_label", columns)
    return (*cells, average(cells))


def _mean(found: Mapping[str, Any]) -> Cell:
    value, sd, n = float(found["value"]), float(found["sd"]), int(found["runs"])
    if n == 1:
        return Cell(f"{value:.1f} ± {NOT_APPLICABLE}", value, n=n)
    return Cell(f"{value:.1f} ± {sd:.2f}", value, sd=sd, n=n)


def _baseline(spec: ScoreTable, line: pd.DataFrame, name: str, columns: Sequence[str]) -> Line:
    """One line for a baseline; axes that it does not have show a dash."""
    model = str(line["model_label"].iloc[0]) if name == BASE else NOT_APPLICABLE
    own = {"model": model, "method": name}
    labels = tuple(own.get(axis, NOT_APPLICABLE) for axis in spec.rows)
    return labels, _cells(line, columns, spread=False)


def _with_baselines(
    spec: ScoreTable, results: pd.DataFrame, lines: list[Line], columns: Sequence[str]
) -> tuple[list[Line], list[str]]:
    """Put the constant answers first and each base before the runs of its model; tell of gaps."""
    constant = aggregation.headline_scores(results, "constant")
    base = aggregation.headline_scores(results, "base")
    constants = aggregation.cells(constant, ["dataset_label"])
    bases = aggregation.cells(base, ["model_label", "dataset_label"])
    ordered = [_baseline(spec, constants, CONSTANT, columns)] if len(constants) else []
    position = spec.rows.index("model")
    of_model = {model: line for (model,), line in groups(bases, ["model"])}
    for model in dict.fromkeys(labels[position] for labels, _ in lines):
        if model in of_model:
            ordered.append(_baseline(spec, of_model[model], BASE, columns))
        ordered += [line for line in lines if line[0][position] == model]
    gaps = [
        f"{name.capitalize()}: {sentence}"
        for name, table, by in (
            (BASE, bases, ["model_label", "dataset_label"]),
            (CONSTANT, constants, ["dataset_label"]),
        )
        if len(table)
        for sentence in aggregation.coverage(table, by)[1:]
    ]
    return ordered, gaps
