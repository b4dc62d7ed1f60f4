"""Whether another Snakemake is alive in a folder: Snakemake's own lock outlives one that is killed.

Snakemake notes what it works on as files, which stay when it is killed: the next one then refuses
to start until somebody calls it with `--unlock`, who must know that no other is alive. Here each
one holds a lock of the kernel besides, which ends with it.
"""

import fcntl
import platform
from contextlib import suppress
from pathlib import Path
from typing import TextIO

_MACHINE_ID = Path("/etc/machine-id")


def hold(state: Path) -> tuple[TextIO, bool]:
    """Say that a Snakemake is alive whose state is in `state` (`.snakemake`); free it if need be.

    Returns a file that holds the lock until it is closed, and whether the locks of a killed
    Snakemake have been removed. They are left alone where another one is alive, and where the last
    one was on another machine, which may not see this one's locks.
    """
    state.mkdir(exist_ok=True)
    file = (state / "alive.lock").open("a+", encoding="utf-8")
    freed = False
    # Without locks of files, Snakemake's own must do.
    with suppress(OSError):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            freed = _take_over(file, state / "locks")
        fcntl.flock(file, fcntl.LOCK_SH)
    return file, freed


def _take_over(file: TextIO, locks: Path) -> bool:
    """Remove locks that the last Snakemake has left on this machine; note whose the folder is."""
    file.seek(0)
    left = list(locks.glob("*.lock"))
    if left and file.read() != _machine():
        return False
    for lock in left:
        lock.unlink()
    file.truncate(0)
    file.write(_machine())
    file.flush()
    return bool(left)


def _machine() -> str:
    """Name of this machine; copies of one share the id, and all may be called localhost."""
    try:
        return f"{platform.node()} {_MACHINE_ID.read_text().strip()}"
    except OSError:
        return platform.node()
