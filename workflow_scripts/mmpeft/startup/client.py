"""The side of a job: ask a template for a fork, pass signals on to it, end as it ended."""

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

from mmpeft.startup.address import SIGNALS, held_descriptors, offered


def start(main: Callable[[], None], kind: str) -> None:
    """Run `main`, of the script that calls this, in a fork of the template for its `kind`.

    The fork gets the command line, folder, environment and streams of this process, and keeps the
    descriptors open that this process was given to keep. Where no template is offered, or it has
    gone, `main` runs here. Raises SystemExit with the status of the fork, 128 + signal if one ended
    it.
    """
    address = offered(kind)
    connection = None if address is None else _connect(str(address))
    if connection is None:
        main()
    else:
        with connection, connection.makefile("rb") as answers:
            sys.exit(_status_of_fork(connection, answers.readline))


def _connect(address: str) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(address)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


def _status_of_fork(connection: socket.socket, answer: Callable[[], bytes]) -> int:
    job = {"arguments": sys.argv, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    socket.send_fds(connection, [b"\n"], [0, 1, 2, *held_descriptors()])
    connection.sendall(json.dumps(job).encode() + b"\n")
    if pid := answer():
        for number in SIGNALS:
            signal.signal(number, partial(_pass_on, int(pid)))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    status = answer()
    if not status:
        print(f"{sys.argv[0]}: the template ended before the job", file=sys.stderr)
        return 1
    return int(status)


def _pass_on(pid: int, number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
