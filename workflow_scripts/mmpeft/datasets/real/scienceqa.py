"""ScienceQA, whole, from its copy on the hub: questions with an image and without one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpeft.datasets.real.question import Expected, Question, RealDataset
from mmpeft.datasets.sources.shards import SplitShards
from mmpeft.datasets.sources.source import reading

_META = ("task", "grade", "subject", "topic", "category", "skill")
_COLUMNS = ("image", "question", "choices", "answer", "hint", *_META)


class ScienceQA:
    """Material of the splits `train`, `validation` and `test`."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._shards = SplitShards(folders["scienceqa"], _COLUMNS)
        self.image = self._shards.image

    def questions(self, official: str) -> list[Question]:
        """All questions of a split, in the order of the files."""
        return [_question(image, row) for image, row in self._shards.rows(official)]


def _question(image: str, row: Mapping[str, Any]) -> Question:
    with reading(f"scienceqa: row {image}"):
        return Question(
            id=image.replace("/", "-"),
            image=None if row["image"] is None else image,
            question=row["question"],
            context=f"Context: {row['hint']}" if row["hint"] else "",
            choices=tuple(row["choices"]),
            answers=(row["choices"][row["answer"]],),
            meta={key: row[key] for key in _META},
        )


_ALL = "pid_splits.json of lupantech/ScienceQA"
_WITH_IMAGE = "dataset card of lmms-lab/ScienceQA, config ScienceQA-IMG"

SCIENCEQA = RealDataset(
    name="scienceqa",
    open=ScienceQA,
    splits={"train": "train", "validation": "validation", "test": "test"},
    expected=(
        Expected("train", "rows", 12_726, _ALL),
        Expected("validation", "rows", 4_241, _ALL),
        Expected("test", "rows", 4_241, _ALL),
        Expected("train", "rows_with_image", 6_218, _WITH_IMAGE, certain=False),
        Expected("validation", "rows_with_image", 2_097, _WITH_IMAGE, certain=False),
        Expected("test", "rows_with_image", 2_017, _WITH_IMAGE, certain=False),
    ),
    images_from="ScienceQA",
    notes=(
        "All questions are trained on, as the paper's 13k say. The score is that of the questions "
        'with an image ("img"); that of all test questions stands beside it as '
        "option_accuracy_all.",
        "A hint is put in front of its question.",
    ),
)
