"""The images to caption: those that the un-tuned base captions without hallucination.

The paper (Appendix I.1) lets the base caption the test images of Flickr30k, draws 1,000 of the
captions and keeps 100 that are free of hallucination.
"""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mmpeft.datasets.schema import read_rows
from mmpeft.files import write_json
from mmpeft.judges import JUDGES

Record = dict[str, Any]


def select_images(settings: Mapping[str, Any], test: Path, predictions: Path, out: Path) -> Record:
    """Draw captions of the base, keep images whose caption is clean, and write their record.

    settings: as `Study.image_settings` gives them. test: parquet file of the test rows;
    predictions: that of the base's captions of them. Captions that name nothing are not kept. Where
    fewer images than asked for are left, all of them are taken and a note says so; with none the
    status is "failed".
    """
    rows = {row["id"]: row for row in read_rows(test)}
    said = {
        item["id"]: item["prediction"]
        for item in pq.ParquetFile(predictions).read(columns=["id", "prediction"]).to_pylist()
    }
    drawn = random.Random(settings["seed"]).sample(sorted(said), settings["candidates"])
    verdicts = JUDGES[settings["judge"]].captions(
        [said[name] for name in drawn], [rows[name] for name in drawn]
    )
    clean = [
        name
        for name, verdict in zip(drawn, verdicts, strict=True)
        if verdict.names_something and not verdict.hallucinated
    ]
    kept = clean[: settings["images"]]
    short = f"{len(clean)} of {len(drawn)} captions of the base are free of hallucination"
    record = {
        "status": "ok" if kept else "failed",
        "reason": None if kept else short,
        "settings": dict(settings),
        "candidates": len(drawn),
        "clean": len(clean),
        "note": short if len(kept) < settings["images"] else None,
        "images": [{"id": name, "caption": said[name]} for name in kept],
    }
    write_json(out, record)
    return record
