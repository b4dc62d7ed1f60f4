"""Questions in the layout of the VQA challenge, on images of COCO 2014: VQAv2 and OK-VQA."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpeft.datasets.real.question import Question
from mmpeft.datasets.sources.archive import IMAGE_BYTES, TEXT_BYTES, Archive
from mmpeft.datasets.sources.source import SourceError

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
        answered = {
            one["question_id"]: one for one in _records(self._annotations[official], "annotations")
        }
        if lacking := [one["question_id"] for one in asked if one["question_id"] not in answered]:
            raise SourceError(
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
        raise SourceError(f"{path} holds {len(names)} JSON files, expected one")
    content = json.loads(archive.read(names[0], TEXT_BYTES))
    archive.close()
    if not isinstance(content, dict) or key not in content:
        raise SourceError(f"{path}: {names[0]} has no list {key!r}")
    return content[key]


def _question(asked: Mapping[str, Any], answered: Mapping[str, Any], official: str) -> Question:
    try:
        return Question(
            id=str(asked["question_id"]),
            image=f"COCO_{official}2014_{asked['image_id']:012d}.jpg",
            question=asked["question"],
            answers=tuple(answer["answer"] for answer in answered["answers"]),
            meta={key: answered[key] for key in ("question_type", "answer_type", "image_id")},
        )
    except KeyError as error:
        raise SourceError(
            f"question {asked.get('question_id')} of {official} lacks the field {error}"
        ) from None
