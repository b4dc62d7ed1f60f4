"""A judge that passes on what people have said of captions."""

from collections.abc import Mapping, Sequence

from mmpeft.annotation.annotations import Annotation, key
from mmpeft.judges.judge import CaptionVerdict, Row


class AnnotatorJudge:
    """Looks captions of images of `dataset` up in annotations; what nobody has judged has none."""

    def __init__(self, name: str, dataset: str, annotations: Mapping[str, Annotation]) -> None:
        self.name = name
        self._dataset = dataset
        self._annotations = annotations

    def captions(self, captions: Sequence[str], rows: Sequence[Row]) -> list[CaptionVerdict | None]:
        return [self._verdict(text, row) for text, row in zip(captions, rows, strict=True)]

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
