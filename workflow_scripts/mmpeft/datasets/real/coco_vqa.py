"""Questions in the layout of the VQA challenge, on images of COCO 2014: VQAv2 and OK-VQA."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpeft.datasets.real.question import Question, ten_answers
from mmpeft.datasets.sources.archive import IMAGE_BYTES, Archive
from mmpeft.datasets.sources.source import NoDataError, reading

IMAGES_FROM = "COCO 2014"


class CocoQuestions:
    """`questions`, `annotations`: by official split, the zip file that holds that one JSON file."""

    def __init__(
        self, questions: Mapping[str, Path], annotations: Mapping[str, Path], coco: Path
    ) -> None:
        self._questions = questions
        self._annotations = annotations
        self._coco = coco
        self._images: dict[str, Archive] = {}

    def questions(self, official: str) -> list[Question]:
        """All questions of `train` or `val`, in the order of the question file."""
        asked = _records(self._questions[official], "questions")
        answers = _records(self._annotations[official], "annotations")
        with reading(f"a row of {self._annotations[official]}"):
            answered = {one["question_id"]: one for one in answers}
        with reading(f"a row of {self._questions[official]}"):
            lacking = [one["question_id"] for one in asked if one["question_id"] not in answered]
        if lacking:
            raise NoDataError(
                f"{self._annotations[official]} has no answers to {len(lacking)} questions, "
                f"the first is {lacking[0]}"
            )
        return [_question(one, answered[one["question_id"]], official) for one in asked]

    def image(self, name: str) -> bytes:
        """An image by its name in COCO, such as COCO_val2014_000000000042.jpg."""
        folder = name.split("_")[1]
        if folder not in self._images:
            self._images[folder] = Archive(self._coco / f"{folder}.zip", by_name=True)
        return self._images[folder].read(name, IMAGE_BYTES)


def _records(path: Path, key: str) -> list[dict[str, Any]]:
    archive = Archive(path)
    names = [name for name in archive.names if name.endswith(".json")]
    if len(names) != 1:
        raise NoDataError(f"{path} holds {len(names)} JSON files, expected one")
    content = archive.read_json(names[0])
    archive.close()
    with reading(f"{path}: {names[0]}"):
        return content[key]


def _question(asked: Mapping[str, Any], answered: Mapping[str, Any], official: str) -> Question:
    with reading(f"question {asked.get('question_id')} of {official}"):
        return Question(
            id=str(asked["question_id"]),
            image=f"COCO_{official}2014_{asked['image_id']:012d}.jpg",
            question=asked["question"],
            answers=ten_answers(answered["answers"]),
            meta={key: answered[key] for key in ("question_type", "answer_type", "image_id")},
        )
