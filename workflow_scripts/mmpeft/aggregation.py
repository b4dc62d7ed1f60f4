"""From tidy results to the cells of tables and figures.

A cell is what one place of a table shows: the runs of an experiment that share the axes shown. Its
value is the mean of its runs if all of them are scored; with one failed or missing run it has no
value, since a mean over the runs that happen to exist would pass for the real one.
"""

from collections.abc import Sequence

import pandas as pd

from mmpeft import axes
from mmpeft.datasets.registry import DATASETS
from mmpeft.failures import OK

FAILED, MISSING = "failed", "missing"
# Reasons of what is missing.
NOT_RUN, NOT_REPORTED = "not run yet", "not reported"
# What tells two runs apart, but for the seeds of initialisation and order.
SETTINGS = (
    "model",
    "method",
    "location",
    "size",
    "learning_rate",
    "connector",
    "visual_encoder",
    "dataset",
    "train_samples",
    "epochs",
    "subset_seed",
)
NAMED_GAPS = 8  # missing cells that a sentence names; more of them are only counted


def headline_scores(
    results: pd.DataFrame, kind: str, experiment: str | None = None
) -> pd.DataFrame:
    """Return the rows of each data set's headline metric.

    `kind` is "run", "base" or "constant"; only runs belong to an `experiment`. Raises ValueError if
    there is no row of an experiment; a study may have no baselines.
    """
    rows = _rows_of(results, kind, experiment=experiment)
    return _labelled(rows[rows["headline"]])


def evaluation_scores(
    results: pd.DataFrame, evaluation: str, metrics: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the rows of one evaluation: of its main score, one per run, target and epoch.

    With `metrics`, the rows of those instead; a gap has a row of the main score alone. Raises
    ValueError if the results do not have the evaluation.
    """
    rows = _rows_of(results, "evaluation", evaluation=evaluation)
    return _labelled(rows[rows["headline"] if metrics is None else rows["metric"].isin(metrics)])


def whole_test_scores(results: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """Return the scores of an experiment over all test questions, with an image or without.

    Where a data set has both, its headline is over those with an image (see `scoring.score`).
    Raises ValueError if the results do not have the experiment.
    """
    rows = _rows_of(results, "run", experiment=experiment)
    names = {name: f"{spec.metric}_all" for name, spec in DATASETS.items()}
    whole = rows[rows["metric"] == rows["dataset"].map(names)]
    others = rows[rows["headline"] & ~rows["scores_record"].isin(whole["scores_record"])]
    return _labelled(pd.concat([whole, others]).sort_index())


def scored_items(results: pd.DataFrame, dataset: str) -> int | None:
    """Number of items that the headline of a data set is over; None before it is scored.

    That is fewer than its test split has where only questions with an image count.
    """
    own = results["headline"] & (results["dataset"] == dataset) & (results["kind"] != "evaluation")
    items = results.loc[own, "n"].max()
    return None if pd.isna(items) else int(items)


def with_settings_of(rows: pd.DataFrame, results: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """Return those `rows` whose settings, seeds apart, some run of `experiment` has."""
    keys = list(SETTINGS)
    known = results.loc[results["experiment"] == experiment, keys].drop_duplicates()
    return _labelled(rows.merge(known, on=keys))


def _rows_of(results: pd.DataFrame, kind: str, **of: str | None) -> pd.DataFrame:
    """Rows of a kind, and of the experiment or evaluation that is given."""
    chosen = results["kind"] == kind
    for column, name in of.items():
        if name is not None:
            chosen &= results[column] == name
    if any(of.values()) and not chosen.any():
        wanted = " and ".join(f"{column} {name!r}" for column, name in of.items())
        raise ValueError(f"the results hold no {kind} of {wanted}")
    return results[chosen]


def _labelled(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop labels that no row has, and let learning rates go down, as the paper lists them."""
    rows = rows.copy()
    rates = rows["learning_rate_label"].astype(float)
    order = sorted(rates.dropna().unique(), reverse=True)
    rows["learning_rate_label"] = pd.Categorical(rates, categories=order, ordered=True)
    for column in rows.columns[rows.dtypes == "category"]:
        rows[column] = rows[column].cat.remove_unused_categories()
    return rows


def cells(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Aggregate score rows over all axes but `by`; one row a cell, in the order of the labels.

    Columns: `by`, value (mean, percent), sd (sample standard deviation, points; NaN for one run),
    runs (number of runs), status, reason (of the gaps, "; " between them). Value and sd are NaN in
    a gap. A row that is a mean of runs itself must be alone in its cell, and has their number and
    standard deviation. Raises ValueError if the runs of a cell differ in more than their seeds.
    """
    grouped = rows.groupby(list(by), observed=True, sort=True, dropna=False)
    for axis in SETTINGS:
        if (grouped[axis].nunique(dropna=False) > 1).any():
            raise ValueError(f"a cell by {', '.join(by)} would mix runs that differ in {axis}")
    if ((grouped["runs"].max() > 1) & (grouped.size() > 1)).any():
        raise ValueError(f"a cell by {', '.join(by)} would mix a mean of runs with other rows")
    table = grouped.agg(
        value=("value", "mean"),
        sd=("value", "std"),
        printed_sd=("sd", "max"),
        runs=("runs", "sum"),
    ).reset_index()
    # Of the few gaps alone: a function that is called for each cell takes most of the time.
    gaps = rows.loc[rows["status"] != OK, ["status", "reason"]].groupby(grouped.ngroup())
    failed = gaps["status"].agg(lambda statuses: (statuses == FAILED).any())
    table["status"] = failed.map({True: FAILED, False: MISSING}).reindex(table.index, fill_value=OK)
    reasons = gaps["reason"].agg(lambda told: "; ".join(sorted(set(told.dropna()) - {""})))
    table["reason"] = reasons.reindex(table.index, fill_value="")
    table["sd"] = table["sd"].fillna(table.pop("printed_sd"))
    for number in ("value", "sd"):
        table[number] = table[number].astype(float).where(table["status"] == OK)
    return table


def averages(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the mean value of the cells that share `by`: NaN if one of them is a gap.

    Columns: `by`, value, cells (number of cells).
    """
    grouped = table.groupby(list(by), observed=True, sort=True)["value"]
    return pd.DataFrame(
        {"value": grouped.agg(lambda values: values.mean(skipna=False)), "cells": grouped.size()}
    ).reset_index()


def seen_unseen_means(results: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """Return mean scores of each method of an experiment on unseen and seen data sets.

    One row per connector_label, method_label, seen and model_label; the empty model label stands
    for the mean over models. Columns besides: value (NaN if a cell is a gap), cells.
    """
    by = ["connector_label", "method_label", "seen"]
    rows = headline_scores(results, "run", experiment)
    scored = cells(rows, [*by, "model_label", "dataset_label"])
    each = averages(scored, [*by, "model_label"]).astype({"model_label": str})
    return pd.concat([averages(scored, by).assign(model_label=""), each]).reset_index(drop=True)


def mixed_in(rows: pd.DataFrame) -> list[str]:
    """The labels of the data sets in CIDEr x 100 that an average mixes with others in percent.

    Empty if all of the data sets of `rows` are of one kind.
    """
    sets = rows.drop_duplicates("dataset_label").sort_values("dataset_label")
    captions = sets["task"] == "caption"
    return [] if captions.all() else [str(label) for label in sets.loc[captions, "dataset_label"]]


def coverage(table: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Say in sentences how many cells are scored, and name the gaps, failed ones with a reason."""
    sentences = [f"Coverage: {(table['status'] == OK).sum()} of {len(table)} cells are scored."]
    for status in (FAILED, MISSING):
        gaps = table[table["status"] == status]
        if status == MISSING and len(gaps) > NAMED_GAPS:
            reasons = ", ".join(sorted(gaps["reason"].unique()))
            sentences.append(f"Missing: {len(gaps)} cells, {reasons}.")
        elif len(gaps):
            named = (
                " / ".join(axes.text(axis.removesuffix("_label"), gap[axis]) for axis in by)
                + (f" ({gap['reason']})" if gap["reason"] else "")
                for _, gap in gaps.iterrows()
            )
            sentences.append(f"{status.capitalize()} ({len(gaps)}): {', '.join(named)}.")
    return sentences
