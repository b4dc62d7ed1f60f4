"""VQAv2, from the files of the VQA challenge. Its test answers are not public."""

from collections.abc import Mapping
from pathlib import Path

from mmpeft.datasets.real.coco_vqa import IMAGES_FROM, CocoQuestions
from mmpeft.datasets.real.question import Expected, RealDataset


def open_vqav2(folders: Mapping[str, Path]) -> CocoQuestions:
    """Material of the splits `train` and `val`."""
    questions, annotations = (
        {
            split: folders["vqav2"] / f"v2_{kind}_{split.title()}_mscoco.zip"
            for split in ("train", "val")
        }
        for kind in ("Questions", "Annotations")
    )
    return CocoQuestions(questions, annotations, folders["coco"])


VQAV2 = RealDataset(
    name="vqav2",
    open=open_vqav2,
    splits={"train": "train", "validation": "train", "test": "val"},
    expected=(
        Expected("train", "rows", 443_757, "papers that use it", certain=False),
        Expected("val", "rows", 214_354, "visualqa.org, download page"),
    ),
    images_from=IMAGES_FROM,
    notes=(
        "The paper tests on 5,000 questions of the test split, whose answers are not public; they "
        "are drawn from the validation split here.",
    ),
)
