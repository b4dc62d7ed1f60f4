"""VizWiz-VQA, from its publisher. Its test answers are not public; the paper tests on val."""

from collections.abc import Mapping
from pathlib import Path

from mmpeft.datasets.real.question import Expected, Question, RealDataset
from mmpeft.datasets.sources.archive import IMAGE_BYTES, Archive
from mmpeft.datasets.sources.source import reading


class VizWiz:
    """Material of the splits `train` and `val`."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folder = folders["vizwiz"]
        self._images: dict[str, Archive] = {}

    def questions(self, official: str) -> list[Question]:
        """All questions of `train` or `val`, in the order of the annotation file."""
        archive = Archive(self._folder / "Annotations.zip", by_name=True)
        records = archive.read_json(f"{official}.json")
        archive.close()
        with reading(f"{archive.path}: a row of {official}.json"):
            return [
                Question(
                    id=Path(one["image"]).stem,
                    image=one["image"],
                    question=one["question"],
                    answers=tuple(answer["answer"] for answer in one["answers"]),
                    meta={key: one[key] for key in ("answer_type", "answerable")},
                )
                for one in records
            ]

    def image(self, name: str) -> bytes:
        """An image by its name, such as VizWiz_val_00000042.jpg."""
        official = name.split("_")[1]
        if official not in self._images:
            self._images[official] = Archive(self._folder / f"{official}.zip", by_name=True)
        return self._images[official].read(name, IMAGE_BYTES)


VIZWIZ = RealDataset(
    name="vizwiz",
    open=VizWiz,
    splits={"train": "train", "validation": "train", "test": "val"},
    expected=(
        Expected("train", "rows", 20_523, "Annotations.zip of vizwiz.org"),
        Expected("val", "rows", 4_319, "Annotations.zip of vizwiz.org"),
    ),
    images_from="VizWiz",
    notes=(
        "The test answers are not public; as in the paper, the test set is the validation split, "
        "and validation rows are held out of the training split.",
    ),
)
