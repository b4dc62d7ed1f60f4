"""Make the three splits of a real dataset from its fetched sources."""

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from mmpeft.datasets.real.draw import SEED, Pool
from mmpeft.datasets.real.images import BadImageError, read_image
from mmpeft.datasets.real.question import Material, Question, RealDataset
from mmpeft.datasets.schema import SPLITS, write_rows
from mmpeft.datasets.sources.source import NoDataError

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What to do about images that cannot be used, and about unexpected numbers of rows."""

    broken_images: Literal["stop", "skip"]
    row_counts: Literal["stop", "warn"]


@dataclass
class _Written:
    """What is noted of the rows of a split as they go by; `digests` are those of image files."""

    ids: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    digests: set[bytes] = field(default_factory=set)
    refused: list[Record] = field(default_factory=list)

    def note(self, question: Question, image: bytes | None) -> None:
        self.ids.append(question.id)
        if image is not None:
            self.images.append(question.image)
            self.digests.add(hashlib.sha256(image).digest())

    def record(self) -> Record:
        return {
            "rows": len(self.ids),
            "rows_with_image": len(self.images),
            "images": len(self.digests),
            "ids_sha256": hashlib.sha256("\n".join(self.ids).encode()).hexdigest(),
            "refused": self.refused,
        }


def prepare(
    dataset: RealDataset,
    folders: Mapping[str, Path],
    sizes: Mapping[str, int],
    policy: Policy,
    out: Path,
) -> Record:
    """Write `<split>.parquet` with `sizes[split]` rows for each split; returns what was found.

    folders: those of the sources, by their name. Rows are drawn as `draw.Pool` does; of two splits
    drawn from one official split, the second has no image of the first. Raises NoDataError,
    and SourceError for a source that is damaged.
    """
    material = dataset.open(folders)
    written = {split: _Written() for split in SPLITS}
    official, warnings = {}, []
    for name in dict.fromkeys(dataset.splits.values()):
        questions = _questions(dataset, material, name)
        official[name] = _counts(questions)
        warnings += _unexpected(dataset, name, official[name], policy)
        pool = Pool(dataset.name, questions)
        for split in (one for one in SPLITS if dataset.splits.get(one) == name):
            rows = _rows(dataset.name, split, sizes[split], pool, material, policy, written[split])
            write_rows(rows, out / f"{split}.parquet")
            pool.leave_out(set(written[split].images))
            if refused := len(written[split].refused):
                print(f"{dataset.name}, {split}: {refused} rows refused", file=sys.stderr)
    for split in (one for one in SPLITS if one not in dataset.splits):
        write_rows([], out / f"{split}.parquet")
    return {
        "draw_seed": SEED,
        "official": official,
        "warnings": warnings,
        "splits": {split: written[split].record() for split in dataset.splits},
        "images_in_two_splits": {
            f"{one} and {other}": len(written[one].digests & written[other].digests)
            for one, other in combinations(dataset.splits, 2)
        },
    }


def _questions(dataset: RealDataset, material: Material, official: str) -> Sequence[Question]:
    questions = material.questions(official)
    if len({question.id for question in questions}) < len(questions):
        raise NoDataError(f"{dataset.name}: an id occurs twice in the official {official}")
    for question in questions:
        if not question.answers and not question.references:
            raise NoDataError(f"{dataset.name}: {question.id} of {official} has no answer")
    return questions


def _counts(questions: Sequence[Question]) -> dict[str, int]:
    images = [question.image for question in questions if question.image is not None]
    return {
        "rows": len(questions),
        "rows_with_image": len(images),
        "images": len(set(images)),
    }


def _unexpected(
    dataset: RealDataset, official: str, counts: Mapping[str, int], policy: Policy
) -> list[str]:
    """Warnings about numbers that are not as expected; raises NoDataError by policy."""
    warnings = []
    for one in dataset.expected:
        if one.official != official or counts[one.unit] == one.number:
            continue
        unit = one.unit.replace("_", " ")
        text = (
            f"{dataset.name}: the official {official} has {counts[one.unit]} {unit}, "
            f"expected {one.number} ({one.said_by})"
        )
        if one.certain and policy.row_counts == "stop":
            raise NoDataError(f"{text}; `row_counts: warn` in the study goes on all the same")
        warnings.append(text)
        print(f"warning: {text}", file=sys.stderr)
    return warnings


def _rows(
    dataset: str,
    split: str,
    number: int,
    pool: Pool,
    material: Material,
    policy: Policy,
    written: _Written,
) -> Iterator[dict[str, Any]]:
    """Canonical rows of a split. By policy the next question stands in for one without image."""
    available = len(pool)
    while len(written.ids) < number:
        missing = number - len(written.ids)
        if len(pool) < missing:
            raise NoDataError(
                f"datasets.{dataset}.{split}: {number} rows asked for, but only "
                f"{available - len(written.refused)} can be had "
                f"({len(written.refused)} refused for their image)"
            )
        for question in pool.draw(missing):
            try:
                image = None if question.image is None else read_image(material, question.image)
            except BadImageError as error:
                if policy.broken_images == "stop":
                    raise NoDataError(
                        f"{dataset}: {split} row {question.id!r}: {error}; "
                        "`broken_images: skip` in the study takes another row instead"
                    ) from None
                written.refused.append({"id": question.id, "reason": str(error)})
                print(f"refused: {split} row {question.id!r}: {error}", file=sys.stderr)
                continue
            written.note(question, image)
            yield question.row(split, image)
