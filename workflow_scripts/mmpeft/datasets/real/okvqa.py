"""OK-VQA, from its publisher. Five people answered, and each answer stands twice in the file."""

from collections.abc import Mapping
from pathlib import Path

from mmpeft.datasets.real.coco_vqa import IMAGES_FROM, CocoQuestions
from mmpeft.datasets.real.question import Expected, RealDataset

_COUNTS = "README of HuggingFaceM4/OK-VQA on the hub"


def open_okvqa(folders: Mapping[str, Path]) -> CocoQuestions:
    """Material of the splits `train` and `val`."""
    questions, annotations = (
        {split: folders["okvqa"] / name.format(split) for split in ("train", "val")}
        for name in (
            "OpenEnded_mscoco_{}2014_questions.json.zip",
            "mscoco_{}2014_annotations.json.zip",
        )
    )
    return CocoQuestions(questions, annotations, folders["coco"])


OKVQA = RealDataset(
    name="okvqa",
    open=open_okvqa,
    splits={"train": "train", "validation": "train", "test": "val"},
    expected=(
        Expected("train", "rows", 9_009, _COUNTS),
        Expected("val", "rows", 5_046, _COUNTS),
        Expected("train", "images", 8_998, _COUNTS, certain=False),
        Expected("val", "images", 5_033, _COUNTS, certain=False),
    ),
    images_from=IMAGES_FROM,
    notes=(
        "The paper's 5k test questions are the public validation split; its validation rows are "
        "held out of the training split.",
        "Ten answers are five given twice, so that a score is 0, 0.6 or 1.",
    ),
)
