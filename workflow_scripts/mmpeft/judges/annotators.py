"""A judge that passes on what people have said of captions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmpeft.annotation.annotations import Annotation, key, read_annotations
from mmpeft.judges import JUDGES
from mmpeft.judges.judge import CaptionJudge, CaptionVerdict, Row


class AnnotatorJudge:
    """Looks captions of images of `dataset` up in annotations; what nobody has judged has none."""

    def __init__(self, name: str, dataset: str, annotations: Mapping[str, Annotation]) -> None:
        self.name = name
        self._dataset = dataset
        self._annotations = annotations

    def captions(self, captions: Sequence[str], rows: Sequence[Row]) -> list[CaptionVerdict | None]:
        return [self._verdict(text, row) for text, row in zip(captions, rows, strict=True)]

    def account(self) -> dict[str, Any]:
        """How many captions people have judged, whether or not they were asked for."""
        return {"annotations": len(self._annotations)}

    def _verdict(self, caption: str, row: Row) -> CaptionVerdict | None:
        annotation = self._annotations.get(key(self._dataset, row["id"], caption))
        if annotation is None:
            return None
        # Where people do not say which words are wrong, the caption as a whole is.
        words = annotation.words or (caption,)
        return CaptionVerdict(
            names_something=not annotation.nothing,
            hallucinated=words if annotation.hallucination else (),
        )


def caption_judge(name: str, dataset: str, annotations: Sequence[Path]) -> CaptionJudge:
    """The judge of that name, if it needs no settings, else people whose judgements these are."""
    return JUDGES.get(name) or AnnotatorJudge(name, dataset, read_annotations(annotations))
