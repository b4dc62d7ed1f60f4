"""IconQA, from its publisher: of its three sub-tasks, choosing a text and filling in a blank."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mmpeft.datasets.real.question import Expected, Question, RealDataset
from mmpeft.datasets.sources.archive import IMAGE_BYTES, Archive
from mmpeft.datasets.sources.source import NoDataError, reading

_COUNTS = "statistics in the README of lupantech/IconQA"


class IconQA:
    """Material of the splits `train`, `val` and `test` of a sub-task.

    A problem is a folder iconqa_data/iconqa/<split>/<task>/<id>/ with data.json and image.png.
    """

    def __init__(self, folders: Mapping[str, Path], *, task: str) -> None:
        self._archive = Archive(folders["iconqa"] / "iconqa_data.zip")
        self._task = task

    def questions(self, official: str) -> list[Question]:
        """All problems of a split, by their number."""
        start = f"iconqa_data/iconqa/{official}/{self._task}/"
        paths = [
            name
            for name in self._archive.names
            if name.startswith(start) and name.endswith("/data.json")
        ]
        if not paths:
            raise NoDataError(f"{self._archive.path} has no problems below {start}")
        return [self._question(path) for path in sorted(paths, key=_number)]

    def image(self, name: str) -> bytes:
        """The image of a problem by its path in the archive."""
        return self._archive.read(name, IMAGE_BYTES)

    def _question(self, path: str) -> Question:
        problem = self._archive.read_json(path)
        with reading(f"{self._archive.path}: {path}"):
            return Question(
                id=path.split("/")[-2],
                image=path.replace("/data.json", "/image.png"),
                question=problem["question"],
                meta={key: problem[key] for key in ("grade", "label")},
                **_answer(problem),
            )


def _number(path: str) -> int:
    return int(path.split("/")[-2])


def _answer(problem: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The answer to a choice is its index, that to a blank is text such as "8,488"."""
    if "choices" not in problem:
        return {"answers": (str(problem["answer"]),)}
    choices = tuple(map(str, problem["choices"]))
    return {"choices": choices, "answers": (choices[problem["answer"]],)}


def _dataset(name: str, task: str, sizes: Mapping[str, int], *notes: str) -> RealDataset:
    return RealDataset(
        name=name,
        open=partial(IconQA, task=task),
        splits={"train": "train", "validation": "val", "test": "test"},
        expected=tuple(Expected(split, "rows", rows, _COUNTS) for split, rows in sizes.items()),
        images_from="IconQA (drawn icons)",
        notes=notes,
    )


ICONQA_TXT = _dataset("iconqa-txt", "choose_txt", {"train": 18_946, "val": 6_316, "test": 6_316})
ICONQA_BLANK = _dataset(
    "iconqa-blank", "fill_in_blank", {"train": 10_913, "val": 3_638, "test": 3_638}
)
