"""Whether items.parquet says what results.parquet says."""

import math

import pandas as pd

from mmpeft.aggregation import OK
from mmpeft.items import KEY, by_record


def item_mismatches(results: pd.DataFrame, items: pd.DataFrame) -> list[str]:
    """Compare headline scores with the means of their items; one sentence per difference."""
    rows = results[results["headline"] & (results["status"] == OK) & results["predictions"].notna()]
    known = by_record(items)
    faults = []
    for row in rows.drop_duplicates(list(KEY)).to_dict("records"):
        epoch = 0 if pd.isna(row["epoch"]) else row["epoch"]
        scores = known.get((row["scores_record"], epoch))
        name = row["predictions"]
        if scores is None or len(scores) != row["n"]:
            count = 0 if scores is None else len(scores)
            faults.append(f"{name}: {count} items collected, the results count {row['n']}")
        # float32 has seven digits
        elif not math.isclose(scores.mean(), row["value"], rel_tol=1e-6, abs_tol=1e-4):
            faults.append(f"{name}: items score {scores.mean()}, the results {row['value']}")
    return faults
