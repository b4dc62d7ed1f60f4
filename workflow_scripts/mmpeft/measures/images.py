"""The images to caption: those that the un-tuned base captions without hallucination.

The paper (Appendix I.1) lets the base caption the test images of Flickr30k, draws 1,000 of the
captions and keeps 100 that are free of hallucination.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmpeft.axes import counted
from mmpeft.datasets.schema import read_rows
from mmpeft.failures import NO_IMAGES, UNJUDGED, Failure, outcome, passed_on
from mmpeft.files import write_json
from mmpeft.judges import CaptionVerdict
from mmpeft.judges.annotators import caption_judge
from mmpeft.predictions import read_predictions

Record = dict[str, Any]


def drawn(ids: Iterable[str], settings: Mapping[str, Any]) -> list[str]:
    """The candidates among the ids of captions, in the order in which the seed draws them."""
    return random.Random(settings["seed"]).sample(sorted(ids), settings["candidates"])


def select_images(
    settings: Mapping[str, Any],
    test: Path,
    captions: Path,
    annotations: Sequence[Path],
    out: Path,
) -> Record:
    """Draw captions of the base, keep images whose caption is clean, and write their record.

    settings: as `Study.image_settings` gives them. test: parquet file of the test rows; captions:
    folder of what the base says of them (`evaluation.evaluate`), whose failure is passed on;
    annotations: files of people's judgements, if they are the judge. Captions that name nothing are
    not kept. Where fewer images than asked for are left, all of them are taken and a note says so;
    with none the record has the status `no_images`, and `unjudged` where people have not judged all
    captions up to the last one needed.
    """
    if (before := passed_on(captions / "scores.json")) is not None:
        record = {**_record(settings), **before.record()}
        write_json(out, record)
        return record
    rows = {row["id"]: row for row in read_rows(test)}
    items = read_predictions(captions / "predictions.parquet")
    said = {item["id"]: item["prediction"] for item in items}
    names = drawn(said, settings)
    judge = caption_judge(settings["judge"], settings["dataset"]["name"], annotations)
    verdicts = judge.captions([said[name] for name in names], [rows[name] for name in names])
    needed = verdicts[: _enough(verdicts, settings["images"])]
    clean = sum(map(_is_clean, verdicts))
    kept = [name for name, verdict in zip(names, needed, strict=False) if _is_clean(verdict)]
    failure = note = None
    if open_ := needed.count(None):
        reason = f"{counted(open_, 'caption')} of the base not judged yet (judge: {judge.name})"
        failure = Failure(status=UNJUDGED, reason=reason)
    elif len(kept) < settings["images"]:
        note = f"{clean} of {len(names)} captions of the base are free of hallucination"
        failure = None if kept else Failure(status=NO_IMAGES, reason=note)
    record = {
        **_record(settings, len(names), clean, note),
        **outcome(failure),
        "images": [] if failure else [{"id": name, "caption": said[name]} for name in kept],
    }
    write_json(out, record)
    return record


def _record(
    settings: Mapping[str, Any], candidates: int = 0, clean: int = 0, note: str | None = None
) -> Record:
    """The part of a record without its status."""
    return {
        "settings": dict(settings),
        "candidates": candidates,
        "clean": clean,
        "note": note,
        "images": [],
    }


def _is_clean(verdict: CaptionVerdict | None) -> bool:
    return verdict is not None and verdict.names_something and not verdict.hallucinated


def _enough(verdicts: Sequence[CaptionVerdict | None], images: int) -> int:
    """How many verdicts, from the first on, hold that many clean captions; all if none do."""
    clean = 0
    for place, verdict in enumerate(verdicts, start=1):
        clean += _is_clean(verdict)
        if clean == images:
            return place
    return len(verdicts)
