"""The cells of a study, filled with the numbers that the paper prints: rows of results."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from mmpeft.aggregation import MISSING, NOT_REPORTED, OK
from mmpeft.datasets.facts import METRICS
from mmpeft.datasets.registry import DATASETS
from mmpeft.reported.printed import LABELS, MEAN, SCORE, SD
from mmpeft.results import COLUMNS, typed

Record = Mapping[str, Any]

SEED = 42  # of all that the paper reports of a single run (section 4.2)
SEEDS = 3  # that a printed mean is over: 21, 42 and 63 (Tables 6, 14)
# By the name of the metric.
_DEFINITIONS: Mapping[str, str] = {
    **{metric: name.removesuffix(" (↑)") for metric, name in METRICS.items()},
    "option_accuracy_all": "Accuracy on all test questions",
    "hallucinated_captions": "hallucinated captions of 100, counted by hand",
    "mmhal_score": "mean grade of all answers by a judge that the paper does not name",
    "mmhal_hallucination_rate": "share of hallucinated answers by the same judge",
}
_GRADE = "mean grade of the answers to one type of question"
_COSTS = ("trainable_percent", "train_flops", "inference_flops")
_SEEDS = ("run", "seed", "init_seed", "order_seed")


def results(grid: Record, printed: pd.DataFrame) -> pd.DataFrame:
    """The results of a study (`Study.manifest`) whose cells hold what `printed` says.

    Cells that the paper leaves open are gaps. Where it prints a mean over seeds, the cells of these
    seeds are one row with that mean. There are no baselines, as the paper has none.
    """
    rows = [
        {"study": grid["study"], "headline": True, **row}
        for rows in (_runs(grid["cells"], printed), _evaluations(grid["evaluations"], printed))
        for row in rows
    ]
    return typed(rows)


def _runs(cells: list[Record], printed: pd.DataFrame) -> Iterator[dict[str, Any]]:
    every = pd.DataFrame(cells)
    for part, of_part in every.groupby("experiment", sort=False):
        own = printed[printed["part"] == part]
        if (own["quantity"] == MEAN).any():
            frame = _over_seeds(of_part)
            table = filled(frame, own[own["quantity"] == MEAN])
        else:
            frame = of_part.assign(runs=1)
            table = filled(frame, own[own["quantity"] == SCORE])
            table["value"] = table["value"].where(table["seed"] == SEED)
        spread = filled(frame, own[own["quantity"] == SD])["value"]
        for cost in _COSTS:
            table[cost] = filled(frame, own[own["quantity"] == cost])["value"]
        yield from _results(table.assign(sd=spread, kind="run"))
        yield from _whole_test(of_part, own)


def _over_seeds(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells that differ in their seeds alone as one, with the number of runs of a printed mean."""
    labels = [name for name in cells.columns if name not in _SEEDS]
    return cells[labels].drop_duplicates(ignore_index=True).assign(runs=SEEDS)


def _whole_test(cells: pd.DataFrame, own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Scores on all test questions of a data set (Figure 5), of the paper's single seed."""
    whole = own[own["quantity"].str.endswith("_all")]
    if whole.empty:
        return
    (quantity,) = whole["quantity"].unique()
    single = cells[(cells["seed"] == SEED) & cells["dataset_label"].isin(whole["dataset_label"])]
    table = filled(single.assign(runs=1, kind="run", metric=quantity), whole)
    yield from ({**row, "headline": False} for row in _results(table))


def _evaluations(cells: list[Record], printed: pd.DataFrame) -> Iterator[dict[str, Any]]:
    every = [
        {
            **{name: value for name, value in cell.items() if name in COLUMNS},
            "target_label": DATASETS[cell["target"]].label,
            "epoch": epoch,
            "epoch_place": place,
        }
        for cell in cells
        for place, epoch in enumerate(cell["measured_epochs"] or [None] * cell["places"], start=1)
    ]
    if not every:
        return
    frame = pd.DataFrame(every).assign(runs=1, kind="evaluation")
    for part, of_part in frame.groupby("evaluation", sort=False):
        own = printed[printed["part"] == part]
        yield from _results(filled(of_part, _of_metric(own, of_part["metric"].iloc[0])))
        others = own.loc[own["quantity"].str.startswith(f"{part}_"), "quantity"]
        for metric in others[others != of_part["metric"].iloc[0]].unique():
            table = filled(of_part.assign(metric=metric), _of_metric(own, metric))
            yield from ({**row, "headline": False} for row in _results(table))


def _of_metric(printed: pd.DataFrame, metric: str) -> pd.DataFrame:
    named = printed["quantity"] == metric
    return printed[named if named.any() else printed["quantity"] == SCORE]


def filled(cells: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """The cells with the `value` printed for them, NaN for those without one.

    The labels that `printed` has tell which cell a value is of. Raises ValueError if two printed
    values fit one cell.
    """
    axes = [label for label in LABELS if label in cells and printed[label].notna().any()]
    if not axes:
        return cells.assign(value=float("nan"))
    keys = cells[axes].assign(_cell=range(len(cells)))
    table = printed[[*axes, "value"]].copy()
    for axis in axes:  # a column of whole numbers with gaps is one of objects
        keys[axis] = keys[axis].astype(table[axis].dtype)
    found = keys.merge(table, on=axes, how="left", validate="many_to_one")
    return cells.assign(value=found["value"].to_numpy())


def _results(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows of results; one without a value is a gap."""
    for row in table.astype(object).where(table.notna(), None).to_dict("records"):
        spec = DATASETS[row.get("target") or row["dataset"]]
        there = row["value"] is not None
        metric = row.get("metric") or spec.metric
        yield {
            **row,
            "task": DATASETS[row["dataset"]].task,
            "metric": metric,
            "status": OK if there else MISSING,
            "reason": "" if there else NOT_REPORTED,
            "definition": f"{_DEFINITIONS.get(metric, _GRADE)}, as reported",
        }
