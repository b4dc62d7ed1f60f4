"""What the report says of each artefact: models, methods, test items and runs behind it."""

import html
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from mmpeft import aggregation, axes
from mmpeft.aggregation import OK, SETTINGS
from mmpeft.artefacts.kinds import (
    Artefact,
    ComparisonFigure,
    ComparisonTable,
    IntervalTable,
    LossFigure,
    SeedLossFigure,
    SizeFigure,
)
from mmpeft.collected import Collected
from mmpeft.datasets.facts import WHOLE_TESTS
from mmpeft.files import write_text
from mmpeft.reported import comparison

_CELL = ("experiment", "evaluation", "target", "epoch_place", "metric", *SETTINGS)


def caption(data: Collected, artefact: Artefact) -> str:
    """Say what an artefact shows: of which methods, on how many test items, over which runs.

    Returns HTML, in which labels of the study are escaped. What is not known is left out.
    """
    rows = _shown(data, artefact)
    if data.study["source"] == "reported":  # its other cells are none of the paper's
        rows = rows[rows["status"] == OK]
    told = [artefact.caption, *_methods(rows)]
    if not isinstance(artefact, LossFigure | SeedLossFigure):  # losses are of other items
        told += _items(rows)
    return html.escape(" ".join((*told, *_runs(rows))))


def write_caption(data: Collected, artefact: Artefact, file: Path) -> None:
    """Write the caption as a paragraph, which the report takes in."""
    write_text(file, f"<p>{caption(data, artefact)}</p>\n")


def _shown(data: Collected, artefact: Artefact) -> pd.DataFrame:
    """The rows of results whose runs an artefact shows."""
    results = data.results
    headline = results[results["headline"] & results["kind"].isin(("run", "evaluation"))]
    runs = headline[headline["kind"] == "run"]
    if isinstance(artefact, IntervalTable):
        return headline
    if isinstance(artefact, ComparisonTable):
        return comparison.compared_rows(results, data.reported)
    if artefact.evaluations:
        return headline[headline["evaluation"] == artefact.evaluation]
    if artefact.examples:
        cells = [one for one in data.study["examples"] if one["examples"] == artefact.example]
        named = {key: {one[key] for one in cells} for key in ("experiment", "run")}
        rows = runs[runs[list(named)].isin(named).all(axis=1)]
    elif isinstance(artefact, SizeFigure):
        rows = aggregation.whole_test_scores(results, artefact.experiment)
    else:
        rows = runs[runs["experiment"].isin(artefact.experiments[:1])]
    if isinstance(artefact, ComparisonFigure):
        rows = comparison.compared_rows(rows, data.reported)
    if isinstance(artefact, SeedLossFigure):
        rows = aggregation.with_settings_of(rows, results, artefact.experiments[1])
    # Some figures show but one or a few data sets of an experiment.
    wanted = {getattr(artefact, "dataset", None), *getattr(artefact, "datasets", ())} - {None}
    return rows[rows["dataset_label"].isin(wanted)] if wanted else rows


def _methods(rows: pd.DataFrame) -> Iterable[str]:
    for axis, noun in (("model", "Models"), ("method", "Methods")):
        labels = rows[f"{axis}_label"].dropna().sort_values().unique()
        if len(labels):
            yield f"{noun}: {', '.join(labels)}."


def _items(rows: pd.DataFrame) -> Iterable[str]:
    """Say how many items of each test set the scores are over."""
    scored = rows[(rows["status"] == OK) & rows["n"].notna()]
    found: dict[str, set[int]] = {}
    for kind, column in (("run", "dataset_label"), ("evaluation", "target_label")):
        of_kind = scored[scored["kind"] == kind]
        keys = [column, of_kind["metric"].str.endswith("_all")]
        for (label, whole), items in of_kind.groupby(keys, observed=True, sort=True)["n"]:
            name = WHOLE_TESTS.get(label, label) if whole else label
            found.setdefault(name, set()).update(items)
    named: dict[str, list[str]] = {}
    for name, items in found.items():
        named.setdefault(_either(items), []).append(name)
    if named:
        told = "; ".join(f"{items} of {', '.join(names)}" for items, names in named.items())
        yield f"Test items: {told}."


def _runs(rows: pd.DataFrame) -> Iterable[str]:
    """Say over how many runs a cell is, and with which seeds."""
    if rows.empty:
        return
    cells = rows.groupby(list(_CELL), dropna=False, observed=True)
    runs = _either(cells["runs"].sum())
    if rows["seed"].notna().all():
        seeds = ", ".join(map(str, sorted(rows["seed"].unique())))
        yield f"Seeds: {seeds} (n = {runs} for each setting)."
    else:
        yield f"Runs for each setting: n = {runs}."


def _either(numbers: Iterable[int]) -> str:
    return " or ".join(map(axes.count, sorted(set(numbers))))
