"""The file that annotators save: one line for each caption that they have judged.

| column        | meaning                                                                   |
|---------------|---------------------------------------------------------------------------|
| key           | of image and caption, see `key`                                           |
| hallucination | yes: the caption names something that is not in the image                 |
| nothing       | yes: it names nothing at all                                              |
| words         | its words for what is not there, with ; between them; may be left empty   |

A caption is found by what it says of which image, so a file stays valid for whatever run says the
same again, and holds no text of a dataset or a model that a spreadsheet could take for a formula.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("key", "hallucination", "nothing", "words")
_ANSWERS = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What people say of one caption."""

    hallucination: bool
    nothing: bool
    words: tuple[str, ...]


def key(dataset: str, image: str, caption: str) -> str:
    """Name of a caption of an image: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps([dataset, image, caption]).encode()).hexdigest()[:16]


def read_annotations(files: Iterable[Path]) -> Mapping[str, Annotation]:
    """The annotations of all files by their key.

    Raises ValueError, naming file and line, for columns, answers or keys that no sheet writes, and
    for two files, or lines, that say different things of one caption.
    """
    found: dict[str, Annotation] = {}
    places: dict[str, str] = {}
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            if reader.fieldnames is None or set(reader.fieldnames) != set(COLUMNS):
                raise ValueError(
                    f"{file}: columns {reader.fieldnames}; needed: {', '.join(COLUMNS)}"
                )
            for row in reader:
                place = f"{file}, line {reader.line_num}"
                name, annotation = _annotation(row, place)
                if found.setdefault(name, annotation) != annotation:
                    raise ValueError(
                        f"{place}: {name} is judged otherwise than in {places[name]}; "
                        "annotators must settle on one judgement"
                    )
                places.setdefault(name, place)
    return found


def _annotation(row: Mapping[str, str], place: str) -> tuple[str, Annotation]:
    name = (row["key"] or "").strip()
    if len(name) != 16 or not set(name) <= set("0123456789abcdef"):
        raise ValueError(f"{place}: key is {name!r}; needed: 16 hexadecimal digits of a sheet")
    answers = {}
    for column in ("hallucination", "nothing"):
        given = (row[column] or "").strip().lower()
        if given not in _ANSWERS:
            raise ValueError(f"{place}: {column} is {given!r}; legal: yes, no")
        answers[column] = _ANSWERS[given]
    if answers["hallucination"] and answers["nothing"]:
        raise ValueError(f"{place}: a caption that names nothing cannot hallucinate")
    words = tuple(part.strip() for part in (row["words"] or "").split(";") if part.strip())
    if words and not answers["hallucination"]:
        raise ValueError(f"{place}: words are given, but hallucination is no")
    return name, Annotation(**answers, words=words)
