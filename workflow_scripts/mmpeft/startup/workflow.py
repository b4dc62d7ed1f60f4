"""The side of the workflow: one template for each kind of job, for as long as Snakemake lives."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from mmpeft.startup.address import VARIABLE, socket_of
from mmpeft.startup.libraries import KINDS

# Bytes of the path of a socket (unix(7)), without the zero at its end.
LONGEST_ADDRESS = 107


def start_templates(script: Path) -> list[subprocess.Popen[bytes]]:
    """Start a template for each kind of job, and let the jobs of this process find them.

    script: serves one template (see `template.serve`). A template ends, and removes its socket,
    when the standard input that its process object holds is closed: so keep what this returns.
    Without Linux, whose `pidfd` they need, there are no templates.
    """
    if not hasattr(os, "pidfd_open"):
        return []
    folder = _folder_for_sockets()
    os.environ[VARIABLE] = str(folder)
    return [_start(script, kind, socket_of(kind, folder)) for kind in KINDS]


def _folder_for_sockets() -> Path:
    """A new folder for temporary files, or below /tmp where that one's paths are too long."""
    folder = Path(tempfile.mkdtemp(prefix="mmpeft-"))
    if max(len(os.fsencode(socket_of(kind, folder))) for kind in KINDS) > LONGEST_ADDRESS:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="mmpeft-", dir="/tmp"))
    return folder


def _start(script: Path, kind: str, address: Path) -> subprocess.Popen[bytes]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen(128)
        return subprocess.Popen(
            [sys.executable, script, "--kind", kind, "--listener", str(listener.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            # What does not survive a fork: threads that numpy would start when it is imported, and
            # CUDA, which libraries would start by asking torch whether there is any.
            env=os.environ
            | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            | {"PYTORCH_NVML_BASED_CUDA_CHECK": "1"},
        )
