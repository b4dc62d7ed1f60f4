"""The table of how much of a study is there."""

import pandas as pd

from mmpeft.aggregation import FAILED, MISSING, OK
from mmpeft.artefacts import FIGURES, TABLES
from mmpeft.artefacts.kinds import CoverageTable
from mmpeft.collected import Collected
from mmpeft.tables.model import Cell, Table

_STATUSES = {OK: "Scored", FAILED: "Failed", MISSING: "Missing"}
_BASELINES = {"base": "un-tuned bases", "constant": "best constant answers"}


def coverage_table(data: Collected, spec: CoverageTable) -> Table:
    """Count the cells of each experiment by status; each failed run is named with its reason."""
    rows = data.results[data.results["headline"]]
    runs = rows[rows["kind"] == "run"]
    lines = [
        ((name, _shown_in(name)), _cells(group))
        for name, group in runs.groupby("experiment", sort=False)
    ]
    lines += [((name, ""), _cells(rows[rows["kind"] == kind])) for kind, name in _BASELINES.items()]
    distinct = runs.drop_duplicates("run")
    failed = rows[rows["status"] == FAILED].drop_duplicates("scores_record")
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=("Experiment", "Shown in"),
        columns=("Cells", *_STATUSES.values(), "Reasons of failures"),
        rows=tuple(lines),
        notes=(
            f"Study {data.study['study']!r}: {(distinct['status'] == OK).sum()} of "
            f"{len(distinct)} fine-tuning runs are scored. Experiments share runs.",
            *(f"Failed: {row.scores_record} ({row.reason})." for row in failed.itertuples()),
        ),
    )


def _cells(group: pd.DataFrame) -> tuple[Cell, ...]:
    counts = group["status"].value_counts()
    numbers = [len(group), *(int(counts.get(status, 0)) for status in _STATUSES)]
    reasons = group.loc[group["status"] == FAILED, "reason"].value_counts()
    told = "; ".join(f"{reason} ({count})" for reason, count in reasons.items())
    return (*(Cell(f"{number:,}", number) for number in numbers), Cell(told))


def _shown_in(experiment: str) -> str:
    """Name the artefacts of an experiment: Table 1, Figure 2."""
    return ", ".join(
        f"{kind} {int(name.partition('_')[0].removeprefix(kind.lower()))}"
        for kind, artefacts in (("Table", TABLES), ("Figure", FIGURES))
        for name, artefact in artefacts.items()
        if experiment in artefact.experiments[:1]
    )
