"""The scores of single test items in one tidy table: one row per scored run and item.

`scores_record` and `epoch` are those of the rows of results whose values are the means of these
scores: the headline of those with the mark `headline`, `<metric>_all` of all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmpeft import tidy
from mmpeft.aggregation import OK

# Score: percent, CIDEr x 100 or a grade, as the value of the row of results.
COLUMNS: Mapping[str, str] = {
    "scores_record": "category",
    "epoch": "Int16",
    "id": "category",
    "score": "float32",
    "headline": "bool",
}
KEY = ("scores_record", "epoch")


def collect(results: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Gather the item scores behind the scores of `results` (`results.collect`).

    folder: results/<study>. Whether they are as many as a score is the mean of, and have that mean,
    `verification.item_mismatches` tells.
    """
    rows = results[results["headline"] & (results["status"] == OK) & results["predictions"].notna()]
    once = rows.drop_duplicates([*KEY, "predictions"])[[*KEY, "predictions", "n"]]
    of_files: dict[str, list[dict[str, Any]]] = {}
    for row in once.to_dict("records"):
        of_files.setdefault(row["predictions"], []).append(row)
    if not of_files:
        return empty()
    parts = [
        (row, own)
        for name, of_file in of_files.items()
        for row, own in zip(of_file, _items(folder / name, of_file), strict=True)
    ]
    items = pa.concat_tables((own for _, own in parts), promote_options="permissive")
    table = items.to_pandas()
    lengths = [len(own) for _, own in parts]
    for name in KEY:
        table[name] = pd.Series([row[name] for row, _ in parts]).repeat(lengths).to_numpy()
    return table[list(COLUMNS)].astype(dict(COLUMNS))


def empty() -> pd.DataFrame:
    """A table without a row: of a study whose items are not known."""
    return pd.DataFrame(columns=list(COLUMNS)).astype(dict(COLUMNS))


def read(parquet: Path) -> pd.DataFrame:
    """Read items.parquet; raises ValueError if its columns are not those of this version."""
    return tidy.read(parquet, COLUMNS).astype(dict(COLUMNS))


def _items(path: Path, rows: Sequence[Mapping[str, Any]]) -> Iterator[pa.Table]:
    """The items of each of the `rows` of results that were made from the predictions at `path`."""
    file = pq.ParquetFile(path)
    evaluated = any(not pd.isna(row["epoch"]) for row in rows)
    answers = file.read(columns=["id", "has_image", "score", *(["epoch"] if evaluated else [])])
    for row in rows:
        own = answers.filter(pc.field("epoch") == row["epoch"]) if evaluated else answers
        # A headline over fewer items than were answered is over those with an image
        # (`scoring.score`).
        counts = own["has_image"] if len(own) != row["n"] else pa.array([True] * len(own))
        yield own.select(["id", "score"]).append_column("headline", counts).sort_by("id")


def by_record(table: pd.DataFrame, *, whole: bool = False) -> Mapping[tuple[Any, ...], pd.Series]:
    """Item scores by record and epoch (0 for a run's own test set): those of the headline, or all.

    Their index are the ids, a CategoricalIndex with the same categories in all of them.
    """
    table = table if whole else table[table["headline"]]
    keyed = table.assign(epoch=table["epoch"].fillna(0))
    places = keyed.groupby(list(KEY), observed=True, sort=False).indices
    scores, ids = table["score"].to_numpy(float), pd.CategoricalIndex(table["id"])
    return {key: pd.Series(scores[own], index=ids[own]) for key, own in places.items()}
