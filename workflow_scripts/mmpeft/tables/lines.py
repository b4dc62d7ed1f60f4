"""Lines of tables that show numbers: their labels, their cells, the best of a column."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from mmpeft import axes
from mmpeft.aggregation import FAILED, MISSING, OK
from mmpeft.contrasts import Effect
from mmpeft.tables.model import Cell, gap

Line = tuple[tuple[str, ...], tuple[Cell, ...]]


def groups(frame: pd.DataFrame, by: Sequence[str]) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """Split by the label axes `by`, in the order of the labels, which come as text."""
    if not by:
        return [((), frame)]
    columns = [f"{axis}_label" for axis in by]
    grouped = frame.groupby(columns, observed=True, sort=True, dropna=False)
    return [
        (tuple(axes.text(axis, label) for axis, label in zip(by, key, strict=True)), group)
        for key, group in grouped
    ]


def gap_for(status: str) -> Cell:
    """A gap that says why: failed, or else missing."""
    return gap(FAILED if status == FAILED else MISSING)


def rounded(value: float, decimals: int) -> Decimal:
    """Halves go up, as in the paper; what a float adds to a half (below 1e-9) is none of it."""
    digit = Decimal(1).scaleb(-decimals)
    return Decimal(repr(round(float(value), 9))).quantize(digit, ROUND_HALF_UP)


def single(value: float, decimals: int = 1) -> Cell:
    """A number, rounded."""
    return Cell(str(rounded(value, decimals)), float(value))


def signed(value: float, decimals: int = 1) -> Cell:
    """A difference, rounded, with its sign."""
    return Cell(f"{rounded(value, decimals):+z}", float(value))


def difference(effect: Effect, decimals: int = 1) -> Cell:
    """A difference with its interval, +1.2 [0.3, 2.1], or why it has none; a gap if it is one."""
    if pd.isna(effect.value):
        return gap()
    told = signed(effect.value, decimals)
    interval = effect.interval()
    if interval is None:
        return replace(told, text=f"{told.text} n/a ({effect.why})")
    low, high = interval
    ends = ", ".join(f"{rounded(end, decimals):z}" for end in interval)
    return replace(told, text=f"{told.text} [{ends}]", low=low, high=high)


def value_of(cell: Mapping[str, Any]) -> Cell:
    """The value of a row of `aggregation.cells`."""
    return single(cell["value"])


def line_cells(
    cells: pd.DataFrame,
    column: str,
    places: Sequence[Any],
    write: Callable[[Mapping[str, Any]], Cell] = value_of,
) -> tuple[Cell, ...]:
    """The cells of one line: of those whose `column` is each of `places`, or gaps.

    `cells` are rows of `aggregation.cells`; `write` is given one with a value.
    """
    found = {cell[column]: cell for cell in cells.to_dict("records")}
    absent = {"status": MISSING}
    return tuple(
        write(cell) if cell["status"] == OK else gap_for(cell["status"])
        for cell in (found.get(place, absent) for place in places)
    )


def average(cells: Sequence[Cell]) -> Cell:
    """Their mean; a gap if one of them is."""
    if any(cell.gap for cell in cells):
        return gap()
    return single(sum(cell.number for cell in cells) / len(cells))


def mark_best(lines: Sequence[Line], decimals: int = 1, lowest: Collection[int] = ()) -> list[Line]:
    """Make the best of each column bold, unless all are; numbers that look equal are equally good.

    The best is the largest number, in the columns `lowest` (indices) the smallest.
    """
    best = []
    for index, column in enumerate(zip(*(cells for _, cells in lines), strict=True)):
        known = [rounded(cell.number, decimals) for cell in column if not cell.gap]
        differ = len(set(known)) > 1
        best.append((min if index in lowest else max)(known) if differ else None)
    return [
        (
            labels,
            tuple(
                replace(cell, bold=not cell.gap and rounded(cell.number, decimals) == top)
                for cell, top in zip(cells, best, strict=True)
            ),
        )
        for labels, cells in lines
    ]
