"""Tidy files: parquet with columns that this version of the package knows."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from mmpeft.files import whole_file


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table without its index, whole or not at all."""
    with whole_file(path) as part:
        table.to_parquet(part, index=False)


def read(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read a table; raises ValueError if its columns are not these."""
    table = pd.read_parquet(path)
    check_columns(path, table.columns, columns)
    return table


def check_columns(path: Path, found: Iterable[str], expected: Iterable[str]) -> None:
    """Raise ValueError naming the file if its columns, or their order, are not those expected."""
    found, expected = list(found), list(expected)
    if found != expected:
        odd = sorted({*found} ^ {*expected})
        raise ValueError(f"{path}: unexpected columns {odd}; collect the results again")
