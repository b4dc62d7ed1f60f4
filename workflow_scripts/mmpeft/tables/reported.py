"""Tables about the paper's print: what it has wrong, what it has as pixels only, its averages."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mmpeft.aggregation import MISSING
from mmpeft.artefacts import ARTEFACTS
from mmpeft.artefacts.kinds import PrintTable, SizeFigure
from mmpeft.collected import Collected
from mmpeft.reported import findings
from mmpeft.reported.findings import Finding
from mmpeft.tables.lines import Line, signed, single
from mmpeft.tables.model import Cell, Table

Parts = dict[str, Any]  # labels, columns and rows of a Table


def print_table(data: Collected, spec: PrintTable) -> Table:
    """Build the table that `spec.content` names."""
    parts = CONTENTS[spec.content](data)
    told = (f"Study {data.study['study']!r}: {len(parts['rows'])} lines.", *spec.notes)
    return Table(id=spec.id, title=spec.title, caption=spec.caption, notes=told, **parts)


def _misprints(data: Collected) -> Parts:
    return _listed(findings.misprints(data.results, data.reported))


def _inconsistencies(data: Collected) -> Parts:
    return _listed(findings.inconsistencies(data.results, data.reported))


def _listed(found: Iterable[Finding]) -> Parts:
    rows = [
        ((one.rule, one.where, one.what), (Cell(one.printed), Cell(one.against))) for one in found
    ]
    return {
        "labels": ("Rule", "Where", "What"),
        "columns": ("Printed", "Against"),
        "rows": tuple(rows),
    }


def _averages(data: Collected) -> Parts:
    rows: list[Line] = []
    for line in findings.compared_averages(data.reported).itertuples():
        cells = (
            Cell(line.text, line.value),
            single(line.mean, 3),
            signed(line.value - line.mean, 3),
            Cell("no" if abs(line.value - line.mean) > line.allowed + 1e-9 else "yes"),
        )
        rows.append(((line.table, findings.named(line)), cells))
    return {
        "labels": ("Table", "Average of"),
        "columns": ("Printed", "Recomputed", "Difference", "Within rounding"),
        "rows": tuple(rows),
    }


def _not_reported(data: Collected) -> Parts:
    """Figures without numbers, then those of which some numbers are given."""
    rows: list[Line] = [
        ((f"Figure {int(name[6:8])}", artefact.title), (Cell("pixels only"),))
        for name, artefact in ARTEFACTS.items()
        if name.startswith("figure") and "reported" not in artefact.sources
    ]
    whole = data.results[data.results["metric"].str.endswith("_all")]
    for shown in (one for one in ARTEFACTS.values() if isinstance(one, SizeFigure)):
        points = whole[whole["experiment"] == shown.experiment]
        gaps = int((points["status"] == MISSING).sum())
        told = (
            f"{len(points) - gaps} of {len(points)} points stated in the text, {gaps} pixels only"
        )
        rows.append(((f"Figure {int(shown.id[6:8])}", shown.title), (Cell(told),)))
    rows.sort(key=lambda row: int(row[0][0].split()[1]))
    return {"labels": ("Figure", "What"), "columns": ("In the paper",), "rows": tuple(rows)}


CONTENTS: Mapping[str, Callable[[Collected], Parts]] = {
    "misprints": _misprints,
    "inconsistencies": _inconsistencies,
    "averages": _averages,
    "not_reported": _not_reported,
}
