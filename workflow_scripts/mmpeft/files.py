"""Files and folders that are whole or absent, checksums of them, and folders of one job alone."""

import errno
import fcntl
import glob
import hashlib
import json
import logging
import os
import platform
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

CHECKSUMS = "checksums.json"

_DISK_ERRORS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS))
# A file system that has no locks, or a server of it that gives none.
_NO_LOCKS = frozenset((errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK))

_logger = logging.getLogger(__name__)


class DamagedError(Exception):
    """A file is not what was once written; the message names it."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of `path` at the end of the block.

    A reader sees the old file or the new one, never a part; after an error all is as before. Each
    writer has a file of its own. Raises OSError where the disk takes no more.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path)
    try:
        with writing(path):
            yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill that takes the place of `path` at the end of the block.

    For the rest it is as `whole_file`.
    """
    part = _part(path)
    part.mkdir(parents=True)
    try:
        with writing(path):
            yield part
        shutil.rmtree(path, ignore_errors=True)
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what could not be written, and how full the disk is, where the disk takes no more.

    Raises OSError for such an error of whatever library; others pass.
    """
    try:
        yield
    except Exception as error:
        if not _of_disk(error):
            raise
        free = shutil.disk_usage(path.parent).free
        raise OSError(
            f"{path} could not be written, with {free / 2**20:,.1f} MiB free on its disk: {error}"
        ) from error


def _of_disk(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _DISK_ERRORS
    if isinstance(error, RuntimeError):  # torch's writer of files, which knows no number
        return any(words in str(error) for words in ("PytorchStreamWriter", "unexpected pos"))
    return type(error).__name__ == "SafetensorError" and "I/O error" in str(error)


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


def flush(folder: Path) -> None:
    """Return when the disk has the files that lie in `folder` itself, and their names."""
    for path in [*folder.iterdir(), folder, folder.parent]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # There are file systems that cannot do it for folders.
            if not path.is_dir() or error.errno != errno.EINVAL:
                raise
        finally:
            os.close(descriptor)


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
    process has ended, and all its forks, however they end. On a file system that has no locks it
    warns and goes on.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with lock.open("w") as file:
            _wait_for(file, lock.parent)
            # The one before has removed the file, and the next one may have made another.
            if not lock.exists() or not os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                continue
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
            return


def _wait_for(file: TextIO, folder: Path) -> None:
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _logger.warning("waiting for another process that writes to %s", folder)
            fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        _logger.warning("this file system has no locks, two jobs may write to %s at once", folder)


def _part(path: Path) -> Path:
    """A new name beside `path`; removes what processes of this machine left that were killed."""
    mine = f"{path.name}.{platform.node()}"
    for left in path.parent.glob(f"{glob.escape(mine)}.*.part"):
        pid = left.name.removeprefix(f"{mine}.").partition(".")[0]
        if pid.isdecimal() and not _lives(int(pid)):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
    return path.with_name(f"{mine}.{os.getpid()}.{secrets.token_hex(4)}.part")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
