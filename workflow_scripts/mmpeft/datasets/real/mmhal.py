"""MMHal-Bench, from its publisher: questions that invite hallucination; a test set alone."""

import json
from collections.abc import Mapping
from pathlib import Path

from mmpeft.datasets.real.question import Expected, Question, RealDataset
from mmpeft.datasets.sources.source import reading

# what the judge is told of a question and its image
_TOLD = ("question_type", "question_topic", "image_content")


class MMHalBench:
    """Material of its one split, `test`."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folder = folders["mmhal"]

    def questions(self, official: str) -> list[Question]:
        """All questions, in the order of the file."""
        path = self._folder / "response_template.json"
        with reading(f"a row of {path}"):
            return [
                Question(
                    id=f"{official}-{number:06d}",
                    image=one["image_src"].rpartition("/")[2],
                    question=one["question"],
                    answers=(one["gt_answer"],),
                    meta={key: one[key] for key in _TOLD},
                )
                for number, one in enumerate(json.loads(path.read_text(encoding="utf-8")))
            ]

    def image(self, name: str) -> bytes:
        """An image by its file name."""
        path = self._folder / "images" / name
        if not path.is_file():
            raise KeyError(name)
        return path.read_bytes()


MMHAL = RealDataset(
    name="mmhal",
    open=MMHalBench,
    splits={"test": "test"},
    expected=(Expected("test", "rows", 96, "loading script of Shengcao1006/MMHal-Bench"),),
    images_from="OpenImages",
    notes=(),
)
