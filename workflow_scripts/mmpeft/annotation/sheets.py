"""The sheets of an evaluation: captions of the base to choose images by, then those of its runs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmpeft.annotation.sheet import Item, sheet
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import read_rows
from mmpeft.files import write_text
from mmpeft.measures.images import drawn
from mmpeft.predictions import read_predictions


def write_base_sheet(settings: Mapping[str, Any], test: Path, predictions: Path, out: Path) -> int:
    """Write the sheet of the base's captions, in the order in which they are drawn; their number.

    settings: as `Study.image_settings` gives them. Judging may stop once enough captions are clean.
    The sheet of a base that has failed to caption is empty.
    """
    said = {item["id"]: [item["prediction"]] for item in read_predictions(predictions)}
    title = (
        f"Captions by the un-tuned base: judge from the top until {settings['images']} are free "
        "of hallucination"
    )
    return _write(title, settings, test, drawn(said, settings) if said else [], said, out)


def write_run_sheet(
    settings: Mapping[str, Any], test: Path, images: Path, answers: Sequence[Path], out: Path
) -> int:
    """Write the sheet of the captions of all runs after all epochs; the number of images.

    images: the record of the chosen images; answers: `predictions.parquet` of each run.
    """
    said: dict[str, list[str]] = {}
    for file in answers:
        for item in read_predictions(file):
            said.setdefault(item["id"], []).append(item["prediction"])
    chosen = json.loads(images.read_text(encoding="utf-8"))["images"]
    names = [image["id"] for image in chosen if image["id"] in said]
    return _write("Captions by fine-tuned models", settings, test, names, said, out)


def _write(
    title: str,
    settings: Mapping[str, Any],
    test: Path,
    names: Iterable[str],
    said: Mapping[str, Sequence[str]],
    out: Path,
) -> int:
    dataset = settings["dataset"]["name"]
    rows = {row["id"]: row for row in read_rows(test)}
    items = [
        Item(
            id=name,
            image=rows[name]["image"],
            references=rows[name]["references"],
            captions=said[name],
        )
        for name in names
    ]
    page = sheet(f"{DATASETS[dataset].label}. {title}", out.stem, dataset, items)
    write_text(out, page)
    return len(items)
