"""Paired comparisons of methods on the same test items."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import pandas as pd

from mmpeft import aggregation, contrasts
from mmpeft.artefacts.kinds import PairTable
from mmpeft.axes import AXES
from mmpeft.collected import Collected
from mmpeft.contrasts import ACCURACIES, Cells, Effect, Weights
from mmpeft.statistics import holm, mcnemar
from mmpeft.tables import notes
from mmpeft.tables.lines import difference, groups
from mmpeft.tables.model import AVERAGE, Cell, Table, gap

ALPHA = 0.05


@dataclass(frozen=True)
class _Place:
    """A comparison in the table: its line, its column, and the weights of the cells compared."""

    line: tuple[str, ...]
    column: str
    weights: Weights


def pair_table(data: Collected, spec: PairTable) -> Table:
    """Compare each pair of methods on each data set and on average over data sets.

    Seeds and items are paired. p is McNemar's exact one (two-sided) where single runs are compared
    by accuracy, else that of the paired bootstrap; Holm corrects over all tests of the table.
    """
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    by = [f"{axis}_label" for axis in (*spec.rows, "method", "dataset")]
    cells = contrasts.of(data, rows, by)
    columns = tuple(str(label) for label in rows["dataset_label"].cat.categories)
    places = list(_places(cells.table, spec.rows, columns))
    effects = cells.effects([place.weights for place in places])
    metrics = dict(zip(rows["dataset_label"].astype(str), rows["metric"], strict=True))
    p_values = [
        _p_value(cells, place, effect, metrics.get(place.column))
        for place, effect in zip(places, effects, strict=True)
    ]
    corrected = holm(p_values)
    lines: dict[tuple[str, ...], dict[str, Cell]] = {}
    for place, effect, p in zip(places, effects, corrected, strict=True):
        lines.setdefault(place.line, {})[place.column] = _cell(effect, p)
    shown = (*columns, AVERAGE)
    tests = sum(p is not None for p in p_values)
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=(*(AXES[axis].heading for axis in spec.rows), "Methods"),
        columns=shown,
        rows=tuple(
            (line, tuple(found.get(column, gap()) for column in shown))
            for line, found in lines.items()
        ),
        notes=(
            notes.study(rows),
            *aggregation.coverage(cells.table, by),
            notes.runs(cells.table["runs"]),
            notes.INTERVALS,
            f"Bold: p < {ALPHA} (two-sided) after Holm's correction over all {tests} tests of this "
            "table; McNemar's exact test for accuracies of single runs, else the paired bootstrap. "
            "Intervals are not corrected.",
            f"{AVERAGE}: mean difference over the data sets shown.",
            *notes.mixture(rows),
        ),
        beside=("low", "high", "p"),
    )


def _places(table: pd.DataFrame, rows: Sequence[str], columns: Sequence[str]) -> Iterator[_Place]:
    for label, block in groups(table, rows):
        cells: dict[str, dict[str, int]] = {}
        for cell in block.itertuples():
            cells.setdefault(cell.method_label, {})[cell.dataset_label] = cell.Index
        for one, other in combinations(cells, 2):
            line = (*label, f"{one} − {other}")
            pairs = {
                dataset: {cells[one][dataset]: 1.0, cells[other][dataset]: -1.0}
                for dataset in columns
                if dataset in cells[one] and dataset in cells[other]
            }
            for dataset, weights in pairs.items():
                yield _Place(line, dataset, weights)
            if len(pairs) == len(columns) > 1:
                share = 1 / len(columns)
                every = (item for weights in pairs.values() for item in weights.items())
                yield _Place(line, AVERAGE, {cell: share * weight for cell, weight in every})


def _p_value(cells: Cells, place: _Place, effect: Effect, metric: str | None) -> float | None:
    """Uncorrected; None where there is no test."""
    if effect.estimate is None:
        return None
    if metric in ACCURACIES:
        left, right = (cells.answers(cell) for cell in place.weights)
        if len(left) == len(right) == 1:
            return mcnemar(left[0] > 0, right[0] > 0)
    return effect.p_value()


def _cell(effect: Effect, p: float | None) -> Cell:
    """A difference in points, bold where it is not one by chance."""
    return replace(difference(effect), p=p, bold=p is not None and p < ALPHA)
