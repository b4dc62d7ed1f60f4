"""Tables that put a study beside the paper."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from mmpeft import axes
from mmpeft.artefacts.kinds import ComparisonTable
from mmpeft.collected import Collected
from mmpeft.datasets.facts import METRICS
from mmpeft.reported import comparison
from mmpeft.reported.printed import LABELS
from mmpeft.tables.lines import Line, gap_for, signed, single
from mmpeft.tables.model import Cell, Table, gap

Parts = dict[str, Any]  # labels, columns and rows of a Table

UNKNOWN = "n/a"
_MEASURES: Mapping[str, str] = METRICS | {
    "option_accuracy_all": METRICS["option_accuracy"],
    "hallucinated_captions": "Captions with hallucination (↓)",
    "mmhal_score": "Grade of all answers (↑)",
    "mmhal_hallucination_rate": "Hallucination rate (↓)",
    "trainable_percent": "Trainable parameters (%)",
}


def comparison_table(data: Collected, spec: ComparisonTable) -> Table:
    """Build the table that `spec.content` names."""
    cells = comparison.compared(data.results, data.reported)
    known, scored = len(cells), int(cells["value"].notna().sum())
    told = (
        f"Study {data.study['study']!r}: {known} of its cells have a reported number, "
        f"{scored} of them are scored. {_models(data)}",
        *spec.notes,
    )
    parts = CONTENTS[spec.content](cells)
    return Table(id=spec.id, title=spec.title, caption=spec.caption, notes=told, **parts)


def _models(data: Collected) -> str:
    models = data.study["set_up"]["models"]
    same = "; ".join(f"{model['name']} stands for {model['label']}" for model in models)
    return f"Compared by label: {same}."


def _scores(cells: pd.DataFrame) -> Parts:
    rows: list[Line] = []
    for cell in cells.to_dict("records"):
        decimals = _decimals(cell)
        ours = gap_for(cell["status"])
        delta = gap()
        if pd.notna(cell["value"]):
            ours, delta = single(cell["value"], decimals), signed(cell["delta"], decimals)
        shown = (
            ours,
            Cell(axes.count(cell["runs"]), int(cell["runs"])),
            single(cell["reported"], decimals),
            delta,
            _noise(cell["noise"]),
            Cell(UNKNOWN if pd.isna(cell["within"]) else "yes" if cell["within"] else "no"),
        )
        rows.append(((cell["table"], _name(cell), _measure(cell["metric"])), shown))
    return {
        "labels": ("Table", "Cell", "Measure"),
        "columns": ("Ours", "Runs", "Reported", "Difference", "Seed noise", "Within it"),
        "rows": tuple(rows),
    }


def _orderings(cells: pd.DataFrame) -> Parts:
    rows: list[Line] = [
        (
            (line["table"], _name(line), _measure(line["metric"])),
            (
                gap() if pd.isna(line["ours"]) else Cell(line["ours"]),
                Cell(line["reported"]),
                _tau(line["tau"]),
            ),
        )
        for line in comparison.orderings(cells).to_dict("records")
    ]
    return {
        "labels": ("Table", "Line", "Measure"),
        "columns": ("Ours", "Reported", "Kendall's tau"),
        "rows": tuple(rows),
    }


def _tables(cells: pd.DataFrame) -> Parts:
    ordered = comparison.orderings(cells)
    rows: list[Line] = []
    measures = cells["metric"].map(_measure)
    order_measures = ordered["metric"].map(_measure)
    for (table, measure), of_table in cells.groupby(["table", measures], sort=False):
        decimals = _decimals(of_table.iloc[0])
        lines = ordered[(ordered["table"] == table) & (order_measures == measure)]
        counted = of_table["within"].dropna()
        delta = of_table["delta"]
        complete = delta.notna().all()
        shown = (
            Cell(axes.count(len(of_table)), len(of_table)),
            Cell(axes.count(delta.notna().sum()), int(delta.notna().sum())),
            signed(delta.mean(), decimals) if complete else gap(),
            single(delta.abs().mean(), decimals) if complete else gap(),
            single(delta.abs().max(), decimals) if complete else gap(),
            Cell(f"{counted.sum()} of {len(counted)}" if len(counted) else UNKNOWN),
            Cell(axes.count(len(lines)), len(lines)),
            _tau(lines["tau"].mean(skipna=False)) if len(lines) else Cell(UNKNOWN),
        )
        rows.append(((str(table), measure), shown))
    return {
        "labels": ("Table", "Measure"),
        "columns": (
            "Cells",
            "Scored",
            "Mean difference",
            "Mean size of it",
            "Largest",
            "Within seed noise",
            "Orderings",
            "Mean tau",
        ),
        "rows": tuple(rows),
    }


def _name(line: Mapping[str, Any]) -> str:
    return axes.cell_name({label.removesuffix("_label"): line.get(label) for label in LABELS})


def _measure(metric: str) -> str:
    """What a metric is called; a grade of one type of question has the type in its name."""
    kind = metric.removeprefix("mmhal_")
    return _MEASURES.get(metric, f"Grade, {kind} (↑)")


def _decimals(cell: Mapping[str, Any]) -> int:
    """As many as the paper prints."""
    metric = cell["metric"]
    return 3 if metric in comparison.COSTS else 2 if metric.startswith("mmhal_") else 1


def _noise(value: float) -> Cell:
    return gap(UNKNOWN) if pd.isna(value) else Cell(f"± {value:.1f}", float(value))


def _tau(value: float) -> Cell:
    return gap() if pd.isna(value) else signed(value, 2)


CONTENTS: Mapping[str, Callable[[pd.DataFrame], Parts]] = {
    "tables": _tables,
    "orderings": _orderings,
    "scores": _scores,
}
