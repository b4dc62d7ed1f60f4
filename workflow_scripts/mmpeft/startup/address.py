"""Where jobs find the templates, and which signals concern a job and not its template."""

import os
import signal
from pathlib import Path

# Folder of the templates' sockets, in the environment of the jobs that may use them.
VARIABLE = "MMPEFT_TEMPLATES"
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def socket_of(kind: str, folder: Path) -> Path:
    """Socket of the template for jobs of this kind."""
    return folder / f"{kind}.socket"


def offered(kind: str) -> Path | None:
    """The same, of the templates that this process may use; None if there are none."""
    folder = os.environ.get(VARIABLE)
    return None if folder is None else socket_of(kind, Path(folder))
