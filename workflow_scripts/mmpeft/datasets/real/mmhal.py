"""MMHal-Bench, from its publisher: questions that invite hallucination; a test set alone."""

import json
from collections.abc import Mapping
from pathlib import Path

from mmpeft.datasets.real.question import Expected, Question, RealDataset
from mmpeft.datasets.sources.source import reading

# The columns of Table 5; the benchmark names some of them at greater length.
TYPES = (
    "attribute",
    "adversarial",
    "comparison",
    "counting",
    "relation",
    "environment",
    "holistic",
    "other",
)


class MMHalBench:
    """Material of its one split, `test`."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folder = folders["mmhal"]

    def questions(self, official: str) -> list[Question]:
        """All questions, in the order of the file; `meta` has what judges and scores need."""
        path = self._folder / "response_template.json"
        with reading(f"a row of {path}"):
            return [
                Question(
                    id=f"{official}-{number:06d}",
                    image=one["image_src"].rpartition("/")[2],
                    question=one["question"],
                    answers=(one["gt_answer"],),
                    meta={
                        "kind": _type(one["question_type"]),
                        "topic": one["question_topic"],
                        "image_content": one["image_content"],
                    },
                )
                for number, one in enumerate(json.loads(path.read_text(encoding="utf-8")))
            ]

    def image(self, name: str) -> bytes:
        """An image by its file name."""
        path = self._folder / "images" / name
        if not path.is_file():
            raise KeyError(name)
        return path.read_bytes()


def _type(named: str) -> str:
    """The type of a question, which its name holds: "adversarial object" is adversarial."""
    found = [one for one in TYPES if one in named.lower()]
    if len(found) != 1:
        raise ValueError(f"question_type {named!r} is none of {', '.join(TYPES)}")
    return found[0]


MMHAL = RealDataset(
    name="mmhal",
    open=MMHalBench,
    splits={"test": "test"},
    expected=(Expected("test", "rows", 96, "loading script of Shengcao1006/MMHal-Bench"),),
    images_from="OpenImages",
    notes=(),
)
