"""The table of how much of a study is there."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import pandas as pd

from mmpeft import axes
from mmpeft.aggregation import FAILED, MISSING, NOT_REPORTED, OK
from mmpeft.artefacts import ARTEFACTS
from mmpeft.artefacts.kinds import CoverageTable
from mmpeft.collected import Collected
from mmpeft.tables.model import Cell, Table

_STATUSES = {OK: "Scored", FAILED: "Failed", MISSING: "Missing"}
# Column of the results -> what its values are.
_AXES = {
    "model_label": "model",
    "method_label": "method",
    "location_label": "location",
    "size_label": "size",
    "learning_rate_label": "learning rate",
    "connector_label": "connector state",
    "visual_encoder_label": "encoder state",
    "samples_label": "training size",
    "dataset_label": "data set",
    "target_label": "target",
    "epoch_place": "epoch",
    "seed": "seed",
}
_BASELINES = {"base": "un-tuned bases", "constant": "best constant answers"}


def coverage_table(data: Collected, spec: CoverageTable) -> Table:
    """Count the cells of each experiment and evaluation by status.

    The cells of an evaluation are its runs x targets x epochs. Each failed run is named with its
    reason, once; so is each measurement that failed for a reason of its own.
    """
    rows = data.results[data.results["headline"]]
    kinds = {kind: rows[rows["kind"] == kind] for kind in ("run", "evaluation", *_BASELINES)}
    runs, measured = kinds["run"], kinds["evaluation"]
    lines = [
        *(
            ((name, _shown_in(_uses(data.study, name))), _cells(group))
            for name, group in runs.groupby("experiment", sort=False)
        ),
        *(
            ((f"evaluation: {name}", _shown_in({"evaluations": {name}})), _cells(group))
            for name, group in measured.groupby("evaluation", sort=False)
        ),
        *(
            ((name, ""), _cells(kinds[kind]))
            for kind, name in _BASELINES.items()
            if len(kinds[kind])
        ),
    ]
    distinct = runs.drop_duplicates("run")
    told = [
        f"Study {data.study['study']!r}: {(distinct['status'] == OK).sum()} of "
        f"{len(distinct)} fine-tuning runs are scored. Experiments share runs."
    ]
    if len(measured):
        told.append("Cells of an evaluation: runs x targets (data sets tested on) x epochs.")
    if (rows["reason"] == NOT_REPORTED).any():
        told.append("Missing: the paper has these as pixels only, or not at all.")
    failed = rows[rows["status"] == FAILED]
    what = failed["run"].fillna(failed["scores_record"])
    once = failed[~pd.DataFrame({"what": what, "why": failed["reason"]}).duplicated()]
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=("Experiment", "Shown in"),
        columns=("Varies", "Cells", *_STATUSES.values(), "Reasons of failures"),
        rows=tuple(lines),
        notes=(
            *told,
            *(f"Failed: {row.scores_record} ({row.reason})." for row in once.itertuples()),
        ),
    )


def _cells(group: pd.DataFrame) -> tuple[Cell, ...]:
    counts = group["status"].value_counts()
    numbers = [len(group), *(int(counts.get(status, 0)) for status in _STATUSES)]
    reasons = group.loc[group["status"] == FAILED, "reason"].value_counts()
    told = "; ".join(f"{reason} ({count})" for reason, count in reasons.items())
    counted = (Cell(f"{number:,}", number) for number in numbers)
    return (Cell(_varied(group)), *counted, Cell(told))


def _varied(group: pd.DataFrame) -> str:
    """Count the values on every axis that has several: 4 models, 2 connector states.

    Those that come with the method, such as its default size, are no axis.
    """
    by_method = group.groupby("method_label", observed=True, dropna=False)[list(_AXES)].nunique()
    numbers = by_method.max()
    numbers["method_label"] = group["method_label"].nunique()
    return ", ".join(
        axes.counted(number, noun)
        for column, noun in _AXES.items()
        if (number := numbers[column]) > 1
    )


def _uses(study: Mapping[str, Any], experiment: str) -> dict[str, set[str]]:
    """What runs of an experiment are for: itself, the evaluations and examples made of them."""
    made_of = {
        section: {cell[name] for cell in study[section] if cell["experiment"] == experiment}
        for section, name in (("evaluations", "evaluation"), ("examples", "examples"))
    }
    return {"experiments": {experiment}, **made_of}


def _shown_in(uses: Mapping[str, set[str]]) -> str:
    """Name the artefacts that show one of the names, by section: Table 7, Figures 9 to 13.

    Sections that have but what the paper does not have come last.
    """
    shown = []
    artefacts = [
        one
        for one in ARTEFACTS.values()
        if any(not names.isdisjoint(one.needs[section][:1]) for section, names in uses.items())
    ]
    for kind in ("Table", "Figure"):
        numbers = {one.number[1] for one in artefacts if one.number and one.number[0] == kind}
        # In a row of consecutive numbers, number less place stays the same.
        for _, row in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
            first, *rest = (number for _, number in row)
            shown.append(f"{kind}s {first} to {rest[-1]}" if rest else f"{kind} {first}")
    numbered = {one.section for one in artefacts if one.number}
    beyond = {one.section for one in artefacts} - numbered
    return ", ".join([*shown, *sorted(beyond)])
