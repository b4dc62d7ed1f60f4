"""Parquet files of one split, as one table whose images are read one at a time."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mmpeft.datasets.sources.source import NoDataError


class Shards:
    """Rows of `data/<split>-*.parquet` below a folder, in the order of their names.

    columns: what is read, `image` among them. Raises NoDataError if there is no such file or one
    lacks a column.
    """

    def __init__(self, folder: Path, split: str, columns: Sequence[str]) -> None:
        paths = sorted((folder / "data").glob(f"{split}-*.parquet"))
        if not paths:
            raise NoDataError(f"{folder} has no file data/{split}-*.parquet")
        self._columns = columns
        self._files = [pq.ParquetFile(path) for path in paths]
        for path, file in zip(paths, self._files, strict=True):
            names = file.schema_arrow.names
            if lacking := [column for column in columns if column not in names]:
                raise NoDataError(
                    f"{path} lacks the columns {', '.join(lacking)}; it has {', '.join(names)}"
                )
        self._groups = [
            (file, group) for file in self._files for group in range(file.num_row_groups)
        ]
        sizes = [file.metadata.row_group(group).num_rows for file, group in self._groups]
        self._starts = [0, *accumulate(sizes)]
        self._held: tuple[int, list[Any]] = (-1, [])

    def rows(self) -> Iterator[dict[str, Any]]:
        """All rows; `image` is None where there is none, and else a dict without its bytes."""
        # the path is stored beside the bytes, in a column of its own that is small
        columns = ["image.path" if name == "image" else name for name in self._columns]
        for file in self._files:
            for batch in file.iter_batches(columns=columns):
                yield from batch.to_pylist()

    def image(self, row: int) -> bytes | None:
        """Encoded image of a row. Those of a row group are kept until another one is asked for."""
        group = bisect_right(self._starts, row) - 1
        if group != self._held[0]:
            file, number = self._groups[group]
            column = file.read_row_group(number, columns=["image"]).column("image")
            self._held = (group, column.to_pylist())
        image = self._held[1][row - self._starts[group]]
        return None if image is None else image["bytes"]


class SplitShards:
    """Shards of all splits below a folder, opened when asked for; images are <split>/<row>."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self._folder = folder
        self._columns = columns
        self._splits: dict[str, Shards] = {}

    def rows(self, split: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """All rows of a split, each with the name of its image."""
        return ((f"{split}/{number}", row) for number, row in enumerate(self._of(split).rows()))

    def image(self, name: str) -> bytes:
        """An encoded image; raises KeyError if the row has none."""
        split, _, row = name.rpartition("/")
        image = self._of(split).image(int(row))
        if image is None:
            raise KeyError(name)
        return image

    def _of(self, split: str) -> Shards:
        if split not in self._splits:
            self._splits[split] = Shards(self._folder, split, self._columns)
        return self._splits[split]
