"""Where jobs find the templates, and which signals concern a job and not its template."""

import os
import signal
from pathlib import Path

# Folder of the templates' sockets, in the environment of the jobs that may use them.
VARIABLE = "MMPEFT_TEMPLATES"
# Descriptors that a job keeps open as long as it lives (locks), in its environment; e.g. 5,6.
HELD = "MMPEFT_HELD_DESCRIPTORS"
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def held_descriptors() -> list[int]:
    """Descriptors that this process, a job, was given to keep open."""
    return [int(number) for number in os.environ.get(HELD, "").split(",") if number]


def socket_of(kind: str, folder: Path) -> Path:
    """Socket of the template for jobs of this kind."""
    return folder / f"{kind}.socket"


def offered(kind: str) -> Path | None:
    """The same, of the templates that this process may use; None if there are none."""
    folder = os.environ.get(VARIABLE)
    return None if folder is None else socket_of(kind, Path(folder))
