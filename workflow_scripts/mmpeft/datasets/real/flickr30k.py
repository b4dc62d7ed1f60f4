"""Flickr30k with the split of Karpathy, from the table that names the split of each image.

Copies without that table are no use here: they hold the training images in what they call test.
"""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

from mmpeft.datasets.real.question import Expected, Question, RealDataset
from mmpeft.datasets.sources.archive import IMAGE_BYTES, Archive
from mmpeft.datasets.sources.source import NoDataError, reading

_COLUMNS = ("raw", "split", "filename", "img_id")
_COUNTS = "dataset cards of two copies by split on the hub, AnyModal/ and umaru97/"


class Flickr30k:
    """Material of the splits `train`, `val` and `test`."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._table = folders["flickr30k"] / "flickr_annotations_30k.csv"
        self._archive = Archive(folders["flickr30k"] / "flickr30k-images.zip", by_name=True)

    def questions(self, official: str) -> list[Question]:
        """All images of a split with their captions, in the order of the table."""
        with self._table.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            names = table.fieldnames or ()
            if lacking := [column for column in _COLUMNS if column not in names]:
                raise NoDataError(
                    f"{self._table} lacks the columns {', '.join(lacking)}; it has "
                    f"{', '.join(names)}"
                )
            return [self._question(row) for row in table if row["split"] == official]

    def image(self, name: str) -> bytes:
        """An image by its file name."""
        return self._archive.read(name, IMAGE_BYTES)

    def _question(self, row: Mapping[str, str]) -> Question:
        with reading(f"{self._table}: the row of {row['filename']}"):
            return Question(
                id=Path(row["filename"]).stem,
                image=row["filename"],
                question="",
                references=tuple(json.loads(row["raw"])),
                meta={"img_id": row["img_id"]},
            )


FLICKR30K = RealDataset(
    name="flickr30k",
    open=Flickr30k,
    splits={"train": "train", "validation": "val", "test": "test"},
    expected=(
        Expected("train", "rows", 29_000, _COUNTS, certain=False),
        Expected("val", "rows", 1_014, _COUNTS, certain=False),
        Expected("test", "rows", 1_000, _COUNTS, certain=False),
    ),
    images_from="Flickr30k",
    notes=(
        "The paper prints 31k training and 4k test images, which is no published split; the split "
        "of Karpathy is used, and no test image is trained on.",
        "The target of an image is one of its captions, the same in every run.",
    ),
)
