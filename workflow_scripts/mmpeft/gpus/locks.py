"""Locks of the kernel on files, one for each device: gone with the last process that holds them.

The files lie in one folder per machine, and every user may open them, so that jobs of different
studies and users exclude each other. A lock belongs to an open descriptor: whoever inherits that,
across exec and fork, holds the lock too.
"""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_PAUSE_SECONDS = 0.05


def lock_devices(devices: Sequence[str], count: int, folder: Path) -> dict[str, int]:
    """Lock `count` of `devices`, waiting until so many are free; device -> descriptor.

    All or none: a job never holds some while it waits for others. Who waits for the same devices
    waits in line, so that a job which needs several is not overtaken for ever by such as need one.
    Raises ValueError if there are fewer devices.
    """
    if count > len(devices):
        raise ValueError(f"{count} devices asked for, {len(devices)} given")
    _create_folder(folder)
    line = hashlib.sha256(",".join(sorted(devices)).encode()).hexdigest()[:16]
    with _waiting_in(folder / f"line-{line}"):
        while True:
            held = _lock_free(devices, count, folder)
            if len(held) == count:
                return held
            for descriptor in held.values():
                os.close(descriptor)
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def _waiting_in(line: Path) -> Iterator[None]:
    descriptor = _open(line)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock_free(devices: Sequence[str], count: int, folder: Path) -> dict[str, int]:
    """Lock the first free devices, `count` at most."""
    held: dict[str, int] = {}
    for device in devices:
        if len(held) == count:
            break
        descriptor = _open(folder / ("device-" + re.sub(r"[^\w-]", "_", device)))
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            held[device] = descriptor
    return held


def _create_folder(folder: Path) -> None:
    for place in (folder.parent, folder):
        with _for_all_users(), suppress(FileExistsError):
            place.mkdir(mode=0o1777)


def _open(path: Path) -> int:
    """Open a lock file, which is created if need be, for reading: enough to lock it."""
    with _for_all_users(), suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode=0o444))
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)


@contextmanager
def _for_all_users() -> Iterator[None]:
    """Permissions of what is created are as given, whatever the user's umask."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)
