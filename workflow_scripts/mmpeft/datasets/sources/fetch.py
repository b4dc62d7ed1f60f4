"""Fetch a source: download, verify, record or enforce the lock, and only then put it in place."""

import hashlib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub.utils import disable_progress_bars

from mmpeft.datasets.sources import hub, web
from mmpeft.datasets.sources.archive import Archive, ArchiveError
from mmpeft.datasets.sources.download import RemoteFile, download
from mmpeft.datasets.sources.lock import (
    MANIFEST,
    Lock,
    describe,
    differences,
    read_lock,
    write_lock,
)
from mmpeft.datasets.sources.source import NoDataError, Repository, SourceError, WebSource
from mmpeft.failures import NO_DATA, Failure


def fetch_or_record(
    source: Repository | WebSource, folder: Path, lock_file: Path
) -> Failure | None:
    """Make `folder` hold the files of a source (`fetch`), or why nobody can have them.

    Returns the failure that is left there. Then neither the lock file nor what has come in until
    then is touched, so that the next attempt goes on. Raises SourceError for what may pass.
    """
    try:
        fetch(source, folder, lock_file)
    except NoDataError as error:
        failure = Failure.of(error, NO_DATA, str(error))
        failure.fill(folder)
        return failure
    return None


def fetch(source: Repository | WebSource, folder: Path, lock_file: Path) -> Lock:
    """Make `folder` hold the files of a source, and return their lock.

    The first time, the newest revision is taken and recorded in `lock_file`; afterwards what is
    recorded there is what must come. Until everything is verified the files lie in `<folder>.part`,
    where an interrupted download goes on. Raises NoDataError and SourceError.
    """
    if not sys.stderr.isatty():
        disable_progress_bars()
    locked = read_lock(lock_file)
    part = folder.with_name(f"{folder.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    revision, remotes = _remote_files(source, locked)
    for remote in remotes:
        download(remote, part)
    found = describe(source.name, revision, part, [remote.name for remote in remotes])
    _verify(found, remotes, locked, part, lock_file)
    _tidy(part, found)
    if locked is None:
        write_lock(found, lock_file)
    write_lock(found, part / MANIFEST)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return found


def _remote_files(
    source: Repository | WebSource, locked: Lock | None
) -> tuple[str | None, list[RemoteFile]]:
    if isinstance(source, WebSource):
        return None, web.files(source)
    return hub.files(source, locked and locked.revision)


def _verify(
    found: Lock,
    remotes: Sequence[RemoteFile],
    locked: Lock | None,
    part: Path,
    lock_file: Path,
) -> None:
    """Delete files that are not what they should be, and raise SourceError."""
    wrong = differences(found, locked) if locked is not None else {}
    for remote in remotes:
        name, sha256 = remote.name, found.files[remote.name].sha256
        if remote.sha256 not in (None, sha256):
            wrong[name] = f"has sha256 {sha256}, the hub publishes {remote.sha256}"
        blob = None if remote.blob is None else _blob(part / name)
        if name not in wrong and blob != remote.blob:
            # a small file of an older commit, from an attempt before the newest one
            wrong[name] = f"is blob {blob} to git, the hub has {remote.blob}"
        if name not in wrong and (reason := _unreadable(part / name)):
            wrong[name] = reason
    if not wrong:
        return
    for name in wrong:
        (part / name).unlink(missing_ok=True)
    lines = "\n".join(f"  {name} {reason}" for name, reason in wrong.items())
    advice = (
        f"\nIf the publisher has replaced it and you want the new version, delete {lock_file}."
        if locked is not None
        else ""
    )
    raise SourceError(f"source {found.source} is not as it should be:\n{lines}{advice}")


def _blob(path: Path) -> str:
    """What git calls the content of a file."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _unreadable(path: Path) -> str | None:
    """Why a file is not what its name says: an error page, say, must not be recorded."""
    try:
        if path.suffix == ".zip":
            Archive(path).close()
        elif path.suffix == ".parquet":
            pq.read_metadata(path)
    except (ArchiveError, pa.ArrowInvalid) as error:
        return f"is not a readable {path.suffix[1:]} file: {error}"
    return None


def _tidy(part: Path, lock: Lock) -> None:
    """Delete what is not part of the source: unfinished files, and those of other revisions."""
    for path in sorted(part.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(part).as_posix() not in lock.files:
            path.unlink()
