"""Lock files: revision, size and checksum of what a source was when it was first fetched."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mmpeft.datasets.sources.source import SourceError
from mmpeft.files import write_json

# A copy of the lock, kept with the files it describes.
MANIFEST = "source.json"


@dataclass(frozen=True, slots=True)
class LockedFile:
    """Size in bytes and SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Lock:
    """`revision`: the commit on the hub, None for plain addresses; `files` by path, sorted."""

    source: str
    revision: str | None
    files: Mapping[str, LockedFile]


def describe(source: str, revision: str | None, folder: Path, names: Iterable[str]) -> Lock:
    """Lock of these files of a folder, as they are now."""
    return Lock(source, revision, {name: _locked(folder / name) for name in sorted(names)})


def write_lock(lock: Lock, path: Path) -> None:
    """Write a lock as JSON, whole or not at all."""
    write_json(path, asdict(lock))


def read_lock(path: Path) -> Lock | None:
    """Read a lock; None where nothing was fetched yet. Raises SourceError if it is no lock."""
    if not path.exists():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        files = {name: LockedFile(**file) for name, file in values["files"].items()}
        return Lock(values["source"], values["revision"], files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{path} is not a lock file: {error!r}") from None


def differences(found: Lock, locked: Lock) -> dict[str, str]:
    """File -> how it differs from the lock; empty if nothing does."""
    names = sorted({*found.files, *locked.files})
    return {
        name: _difference(found.files.get(name), locked.files.get(name))
        for name in names
        if found.files.get(name) != locked.files.get(name)
    }


def check_fetched(name: str, folder: Path, lock_file: Path) -> Lock:
    """Lock of a fetched source; raises SourceError unless it is what the lock file says."""
    found = read_lock(folder / MANIFEST)
    if found is None:
        raise SourceError(f"{folder} does not hold the source {name}: fetch it first")
    if found != read_lock(lock_file):
        raise SourceError(
            f"{folder} is not what {lock_file} records: delete the folder, and it is fetched anew"
        )
    return found


def _difference(found: LockedFile | None, locked: LockedFile | None) -> str:
    if found is None:
        return "is missing"
    if locked is None:
        return "is not in the lock file"
    return (
        f"has sha256 {found.sha256} ({found.bytes} bytes), "
        f"the lock file says {locked.sha256} ({locked.bytes} bytes)"
    )


def _locked(path: Path) -> LockedFile:
    with path.open("rb") as file:
        return LockedFile(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
