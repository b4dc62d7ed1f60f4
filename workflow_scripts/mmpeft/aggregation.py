"""From tidy results to the cells of tables and figures.

A cell is what one place of a table shows: the runs of an experiment that share the axes shown. Its
value is the mean of its runs if all of them are scored; with one failed or missing run it has no
value, since a mean over the runs that happen to exist would pass for the real one.
"""

from collections.abc import Sequence

import pandas as pd

OK, FAILED, MISSING = "ok", "failed", "missing"


def headline_scores(results: pd.DataFrame, kind: str, experiment: str | None = None):
    """Return the rows of each data set's headline metric.

    `kind` is "run", "base" or "constant"; only runs belong to an `experiment`. Raises ValueError if
    there is no such row.
    """
    chosen = results["headline"] & (results["kind"] == kind)
    if experiment is not None:
        chosen &= results["experiment"] == experiment
    if not chosen.any():
        raise ValueError(f"the results hold no {kind} of experiment {experiment!r}")
    rows = results[chosen].copy()
    for column in rows.columns[rows.dtypes == "category"]:
        rows[column] = rows[column].cat.remove_unused_categories()
    return rows


def _status(statuses: pd.Series) -> str:
    if (statuses == OK).all():
        return OK
    return FAILED if (statuses == FAILED).any() else MISSING


def cells(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Aggregate score rows over all axes but `by`; one row a cell, in the order of the labels.

    Columns: `by`, value (mean, percent; NaN in a gap), runs (number of runs), status, reason (of
    the gaps, "; " between them).
    """
    grouped = rows.groupby(list(by), observed=True, sort=True)
    table = grouped.agg(
        value=("value", "mean"),
        runs=("value", "size"),
        status=("status", _status),
        reason=("reason", lambda reasons: "; ".join(sorted(set(reasons.dropna()) - {""}))),
    ).reset_index()
    table["value"] = table["value"].astype(float).where(table["status"] == OK)
    return table


def averages(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the mean value of the cells that share `by`: NaN if one of them is a gap.

    Columns: `by`, value, cells (number of cells).
    """
    grouped = table.groupby(list(by), observed=True, sort=True)["value"]
    return pd.DataFrame(
        {"value": grouped.agg(lambda values: values.mean(skipna=False)), "cells": grouped.size()}
    ).reset_index()


def coverage(table: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Say in sentences how many cells are scored, and name each gap with its reason."""
    sentences = [f"Coverage: {(table['status'] == OK).sum()} of {len(table)} cells are scored."]
    for status in (FAILED, MISSING):
        gaps = table[table["status"] == status]
        if len(gaps):
            named = (
                " / ".join(str(gap[axis]) for axis in by)
                + (f" ({gap['reason']})" if gap["reason"] else "")
                for _, gap in gaps.iterrows()
            )
            sentences.append(f"{status.capitalize()} ({len(gaps)}): {', '.join(named)}.")
    return sentences
