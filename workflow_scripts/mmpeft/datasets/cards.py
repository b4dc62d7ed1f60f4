"""Data cards: what a real dataset is made from and how, and who has seen it before.

The first part follows from declarations alone; the second tells what was fetched and prepared.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmpeft.datasets.facts import WITH_COCO_IMAGES
from mmpeft.datasets.real.catalogue import REAL
from mmpeft.datasets.real.coco_vqa import IMAGES_FROM as COCO
from mmpeft.datasets.real.draw import SEED
from mmpeft.datasets.real.question import RealDataset
from mmpeft.datasets.registry import DATASETS, PREPARATION
from mmpeft.datasets.sources.catalogue import SOURCES
from mmpeft.datasets.sources.lock import Lock, read_lock
from mmpeft.datasets.sources.source import HubSource, Source
from mmpeft.failures import passed_on
from mmpeft.models.facts import FACTS

_SAID = "Written by workflow_scripts/tools/write_data_cards.py from the declarations in the code."


def card(name: str, locks: Path, prepared: Path) -> str:
    """The whole card of a dataset, as Markdown.

    locks: the folder of lock files; prepared: that of all datasets. What is not there, or
    could not be prepared, is left out.
    """
    found = {source: read_lock(locks / f"{source}.json") for source in DATASETS[name].sources}
    records = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(prepared.glob(f"{name}/*/{PREPARATION}"))
        if passed_on(path) is None
    ]
    fetched = [line for lock in found.values() if lock is not None for line in _fetched_lines(lock)]
    parts = [declared(name)]
    if fetched:
        parts.append(
            "\n".join(["## As fetched", "", *_table(("file", "bytes", "sha256"), fetched)])
        )
    parts += ["\n".join(_prepared_lines(record)) for record in records]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def declared(name: str) -> str:
    """The part of a card that follows from declarations alone."""
    spec, dataset = DATASETS[name], REAL[name]
    seen = f" For the paper it is **{'seen' if spec.seen else 'unseen'}** (Section 4.1)."
    lines = [
        f"# {spec.label} (`{name}`)",
        "",
        f"<!-- {_SAID} -->",
        "",
        f"Task: {spec.task}. Answers: {spec.answer_type.lower()}. "
        f"Metric: {spec.metric or 'graded by a judge'}. Images: {dataset.images_from}."
        f"{seen if spec.trained else ''}",
        "",
        "## Sources",
        "",
        *_table(
            ("source", "what", "from", "licence"),
            ((one.name, one.title, _place(one), one.licence) for one in _sources(name)),
        ),
        "",
        "Revision and SHA-256 of every file are recorded in `reference/sources/` when a source is "
        "first fetched, and enforced from then on.",
        "",
        "## Splits",
        "",
        *_table(("split", "drawn from the official"), dataset.splits.items()),
        "",
        *_drawing(dataset),
        "",
        *_table(
            ("official split", "has", "said by", "another number"),
            (
                (
                    one.official,
                    f"{one.number:,} {one.unit.replace('_', ' ')}",
                    one.said_by,
                    "stops" if one.certain else "warns",
                )
                for one in dataset.expected
            ),
        ),
        "",
        "## Who has seen it",
        "",
        *_seen(spec.label, dataset),
    ]
    if dataset.notes:
        lines += ["", "## Notes", "", *(f"- {note}" for note in dataset.notes)]
    return "\n".join(lines) + "\n"


def _sources(name: str) -> list[Source]:
    return [SOURCES[source] for source in DATASETS[name].sources]


def _place(source: Source) -> str:
    if isinstance(source, HubSource):
        return f"[{source.repo}]({source.page}) on the hub"
    links = (f"[{url.rpartition('/')[2]}]({url})" for url in source.urls)
    return f"[page]({source.page}): {', '.join(links)}"


def _drawing(dataset: RealDataset) -> list[str]:
    held_out = [
        f"{later} rows are what is drawn next, on other images than those of {earlier}"
        for earlier, later in zip(dataset.splits, list(dataset.splits)[1:], strict=False)
        if dataset.splits[earlier] == dataset.splits[later]
    ]
    return [
        "Where a study asks for fewer rows than there are, those come whose ids have the smallest "
        f"SHA-256 of `{SEED}/{dataset.name}/<id>`, so that smaller samples lie in larger ones"
        + "".join(f"; {text}" for text in held_out)
        + ". `workflow_scripts/tools/list_ids.py` prints the ids of a prepared split."
    ]


def _seen(label: str, dataset: RealDataset) -> list[str]:
    coco = dataset.images_from == COCO
    header = ("model", "in its training (Table 9)")
    if coco:
        header += ("other training sets with images of COCO",)
    rows = []
    for model, facts in FACTS.items():
        named = {
            "pre-training": facts.pretrained_on,
            "fine-tuning": facts.fine_tuned_on,
        }
        stages = [stage for stage, sets in named.items() if label in sets]
        row = (model, " and ".join(stages) or "no")
        if coco:
            sets = dict.fromkeys((*facts.pretrained_on, *facts.fine_tuned_on))
            row += (", ".join(one for one in sets if one in WITH_COCO_IMAGES and one != label),)
        rows.append(row)
    lines = _table(header, rows)
    if coco:
        return [
            *lines,
            "",
            "Training questions are on images of COCO train2014, test questions on val2014. The "
            "training images of COCO 2017 include most of val2014, so that models trained on them "
            "have seen test images, without these questions.",
        ]
    return [
        *lines,
        "",
        "It is not made from images of COCO; nobody has looked for copies of single images.",
    ]


def _fetched_lines(lock: Lock) -> list[tuple[str, str, str]]:
    place = lock.source if lock.revision is None else f"{lock.source} at {lock.revision}"
    return [
        (f"{place}: {name}", f"{file.bytes:,}", f"`{file.sha256}`")
        for name, file in lock.files.items()
    ]


def _prepared_lines(record: Mapping[str, Any]) -> Iterable[str]:
    sizes = ", ".join(f"{split} {rows:,}" for split, rows in record["settings"]["sizes"].items())
    shared = record["images_in_two_splits"]
    refused = [
        (split, one["id"], one["reason"])
        for split, written in record["splits"].items()
        for one in written["refused"]
    ]
    yield from (f"## As prepared: {sizes}", "")
    yield from _table(
        ("split", "rows", "with image", "distinct images", "refused", "sha256 of the ids"),
        (
            (
                split,
                f"{one['rows']:,}",
                f"{one['rows_with_image']:,}",
                f"{one['images']:,}",
                str(len(one["refused"])),
                f"`{one['ids_sha256'][:16]}`",
            )
            for split, one in record["splits"].items()
        ),
    )
    yield from ("", "Images in two splits: " + ", ".join(f"{k}: {v}" for k, v in shared.items()))
    yield from (f"- {warning}" for warning in record["warnings"])
    if refused:
        yield ""
        yield from _table(("split", "refused", "why"), refused)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; names of files from outside cannot break it."""
    return [
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows),
    ]
