"""Trainings that were finished while no Snakemake saw it, for new jobs to take over.

Jobs of a killed Snakemake go on. The next Snakemake removes what it has not seen finished, so that
it is put beside first, under names that no rule declares. A job of the same fingerprint puts it
back instead of training again.
"""

import json
import logging
import shutil
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

# Written in this order, so that a run with a record is whole.
RUN = ("adapter", "loss.csv", "train.json")
# In the folder of a base that was fine-tuned as a whole, which is whole or absent.
BASE = "seen.json"

_logger = logging.getLogger(__name__)


def parts_of_run(folder: Path) -> list[Path]:
    """What a training writes to `folder`."""
    return [folder / name for name in RUN]


def put_aside(state: Path) -> None:
    """Put trainings beside that are finished and marked as incomplete in `state` (`.snakemake`).

    Paths of marked outputs are relative to the working directory.
    """
    for output in _incomplete(state):
        if output.name == RUN[-1] and all(part.exists() for part in parts_of_run(output.parent)):
            parts = parts_of_run(output.parent)
        elif (output / BASE).is_file():
            parts = [output]
        else:
            continue
        for part in parts:
            _replace(part, _beside(part))


def take_over(parts: Sequence[Path], fingerprint: str) -> dict[str, Any] | None:
    """The record of what an orphan has finished as `parts`, in their place afterwards, or None.

    parts: files and folders in the order in which they are written; the last is the record or has
    it. What was put beside with another fingerprint is removed.
    """
    beside = [_beside(part) for part in parts]
    for found in (parts, beside):
        if not all(part.exists() for part in found):
            continue
        record = _record(found[-1])
        if record["fingerprint"] == fingerprint:
            if found is beside:
                for part in parts:
                    _replace(_beside(part), part)
            _logger.warning("taking over what another process has finished: %s", parts[-1])
            return record
    for part in filter(Path.exists, beside):
        _logger.warning("removing what was finished with other settings, data or code: %s", part)
        _remove(part)
    return None


def _incomplete(state: Path) -> Iterator[Path]:
    """Outputs that Snakemake has marked: names of files, cut into folders where they are long."""
    marks = state / "incomplete"
    for mark in sorted(path for path in marks.rglob("*") if path.is_file()):
        code = "".join(part.removeprefix("@") for part in mark.relative_to(marks).parts)
        with suppress(ValueError):  # other notes of Snakemake
            yield Path(urlsafe_b64decode(code).decode())


def _record(part: Path) -> dict[str, Any]:
    file = part / BASE if part.is_dir() else part
    return json.loads(file.read_text(encoding="utf-8"))


def _beside(part: Path) -> Path:
    return part.with_name(f"{part.name}.finished")


def _replace(source: Path, target: Path) -> None:
    _remove(target)
    source.rename(target)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
