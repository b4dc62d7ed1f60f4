"""Whether another Snakemake is alive in a folder: Snakemake's own lock outlives one that is killed.

Snakemake notes what it works on as files, which stay when it is killed: the next one then refuses
to start until somebody calls it with `--unlock`, who must know that no other is alive. Here each
one holds a lock of the kernel besides, which ends with it, and notes where its jobs run: those of a
cluster outlive it, waiting ones included, and would meet those of the next one at their outputs.
"""

import fcntl
import platform
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TextIO

from mmpeft.finished import put_aside

_MACHINE_ID = Path("/etc/machine-id")


class Left(Enum):
    """What an earlier Snakemake has left in a folder."""

    NOTHING = "nothing, or it is alive"
    FREED = "locks, which have been removed"
    LOCKED = "locks, and perhaps jobs elsewhere"


def hold(state: Path, *, cluster: bool) -> tuple[TextIO, Left]:
    """Say that a Snakemake is alive whose state is in `state` (`.snakemake`); free it if need be.

    cluster: whether its jobs are submitted to a scheduler. Returns a file that holds the lock until
    it is closed, and what was found. Locks of a killed Snakemake are removed if all that ran since
    the folder was last free had their jobs on this machine; they are left alone while another one
    is alive.
    """
    state.mkdir(exist_ok=True)
    file = (state / "alive.lock").open("a+", encoding="utf-8")
    left = Left.NOTHING
    # Without locks of files, Snakemake's own must do.
    with suppress(OSError):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            left = _free(file, state)
        # Another one may come between the two locks, and begin the notes anew.
        fcntl.flock(file, fcntl.LOCK_SH)
        mine = f"{'cluster' if cluster else 'local'} {_machine()}"
        if mine not in _notes(file):
            file.write(f"{mine}\n")
            file.flush()
    return file, left


def _free(file: TextIO, state: Path) -> Left:
    """Remove locks that were left on this machine, and notes that no lock needs any more.

    Trainings whose end nobody has seen are kept from what the next Snakemake removes.
    """
    locks = list((state / "locks").glob("*.lock"))
    if locks and set(_notes(file)) != {f"local {_machine()}"}:
        return Left.LOCKED
    if locks:
        put_aside(state)
    for lock in locks:
        lock.unlink()
    file.truncate(0)
    return Left.FREED if locks else Left.NOTHING


def _notes(file: TextIO) -> list[str]:
    file.seek(0)
    return file.read().splitlines()


def _machine() -> str:
    """Name of this machine; copies of one share the id, and all may be called localhost."""
    try:
        return f"{platform.node()} {_MACHINE_ID.read_text().strip()}"
    except OSError:
        return platform.node()
