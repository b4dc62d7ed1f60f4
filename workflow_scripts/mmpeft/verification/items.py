"""Whether items.parquet says what results.parquet says."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from mmpeft.aggregation import OK
from mmpeft.items import KEY, by_record


def item_mismatches(results: pd.DataFrame, items: pd.DataFrame) -> list[str]:
    """Compare scores with the means of their items; one sentence per difference."""
    scored = results[(results["status"] == OK) & results["predictions"].notna()]
    of_all = scored["metric"].str.endswith("_all")
    return [
        *_mismatches(scored[scored["headline"]], by_record(items)),
        *_mismatches(scored[of_all], by_record(items, whole=True)),
    ]


def _mismatches(rows: pd.DataFrame, known: Mapping[tuple[Any, ...], pd.Series]) -> Iterator[str]:
    for row in rows.drop_duplicates(list(KEY)).to_dict("records"):
        epoch = 0 if pd.isna(row["epoch"]) else row["epoch"]
        scores = known.get((row["scores_record"], epoch))
        name = row["predictions"]
        if scores is None or len(scores) != row["n"]:
            count = 0 if scores is None else len(scores)
            yield f"{name}: {count} items collected, the results count {row['n']}"
        # float32 has seven digits
        elif not math.isclose(scores.mean(), row["value"], rel_tol=1e-6, abs_tol=1e-4):
            yield f"{name}: items score {scores.mean()}, the results {row['value']}"
