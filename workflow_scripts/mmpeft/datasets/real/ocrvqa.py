"""OCR-VQA, from its copy on the hub: a row per book cover with all its questions."""

from collections.abc import Mapping
from pathlib import Path

from mmpeft.datasets.real.question import Expected, Question, RealDataset
from mmpeft.datasets.sources.shards import SplitShards
from mmpeft.datasets.sources.source import NoDataError

_COLUMNS = ("image", "image_id", "questions", "answers", "genre")


class OcrVQA:
    """Material of the splits `train`, `validation` and `test`."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._shards = SplitShards(folders["ocrvqa"], _COLUMNS)
        self.image = self._shards.image

    def questions(self, official: str) -> list[Question]:
        """All questions of a split, in the order of the files; ids are <image id>-<number>.

        Raises NoDataError for a cover whose questions and answers differ in number.
        """
        questions = []
        for image, cover in self._shards.rows(official):
            asked, answered, name = cover["questions"], cover["answers"], cover["image_id"]
            if len(asked) != len(answered):
                raise NoDataError(
                    f"ocrvqa, {official}: {name} has {len(asked)} questions, "
                    f"but {len(answered)} answers"
                )
            questions += [
                Question(
                    id=f"{name}-{number}",
                    image=image,
                    question=question,
                    answers=(answer,),
                    meta={"image_id": name, "genre": cover["genre"]},
                )
                for number, (question, answer) in enumerate(zip(asked, answered, strict=True))
            ]
        return questions


_COUNTS = "dataset card of howard-hou/OCR-VQA"

OCRVQA = RealDataset(
    name="ocrvqa",
    open=OcrVQA,
    splits={"train": "train", "validation": "validation", "test": "test"},
    expected=(
        Expected("train", "images", 166_022, _COUNTS),
        Expected("validation", "images", 20_731, _COUNTS),
        Expected("test", "images", 20_796, _COUNTS),
    ),
    images_from="covers of books",
    notes=("The paper draws 20,000 training and 5,000 test questions; so does this dataset.",),
)
