"""Files and folders that are whole or absent, checksums of them, and folders of one job alone."""

import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHECKSUMS = "checksums.json"

_logger = logging.getLogger(__name__)


class DamagedError(Exception):
    """A file is not what was once written; the message names it."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of `path` at the end of the block.

    A reader sees the old file or the new one, never a part; after an error all is as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill that takes the place of `path` at the end of the block."""
    part = _part(path)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    shutil.rmtree(path, ignore_errors=True)
    part.rename(path)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what could not be written, and how full the disk is, of what libraries raise then.

    Raises OSError. Of a full disk torch, for one, says "unexpected pos 64 vs 0".
    """
    try:
        yield
    except Exception as error:
        free = shutil.disk_usage(path.parent).free
        raise OSError(
            f"{path} could not be written, with {free / 2**20:,.1f} MiB free on its disk: {error}"
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON; raises ValueError for NaN and infinity, which JSON lacks."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of each file that lies in `folder` itself to its `checksums.json`."""
    write_json(folder / CHECKSUMS, _checksums(folder))


def verify(folder: Path) -> None:
    """Raise DamagedError for a file that `write_checksums` saw in `folder` and that has changed."""
    listed = folder / CHECKSUMS
    try:
        expected = json.loads(listed.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as error:
        raise DamagedError(f"{listed} cannot be read: {error}") from None
    found = _checksums(folder)
    for name, digest in expected.items():
        if name not in found:
            raise DamagedError(f"{folder / name} is missing")
        if found[name] != digest:
            raise DamagedError(f"{folder / name} is damaged: {CHECKSUMS} has another SHA-256")


def _checksums(folder: Path) -> dict[str, str]:
    digests = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != CHECKSUMS:
            with path.open("rb") as file:
                digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Be the only process in such a block with the file `lock`; waits for another one to end.

    The other one may be the orphan of a killed Snakemake. The kernel gives the lock back when a
    process has ended, and all its forks, however they end.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _logger.warning("waiting for another process that writes to %s", lock.parent)
                fcntl.flock(file, fcntl.LOCK_EX)
            # The one before has removed the file, and the next one may have made another.
            if not lock.exists() or not os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                continue
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
            return


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")
