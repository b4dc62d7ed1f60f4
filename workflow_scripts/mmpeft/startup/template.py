"""A process that has imported the libraries of one kind of job, and forks itself for each job.

Importing torch, transformers and peft takes longer than many a job of the mini models; a fork has
them at once. A template serves the jobs of one Snakemake on one machine: it listens on a Unix
socket in a folder that only this user can enter, and ends when its standard input does, Snakemake's
death included, and its last job is done. It imports the libraries when the first job asks, and
nothing else of this package, so that every job runs the code as it lies on the disk.
"""

import contextlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from mmpeft.startup.address import SIGNALS, VARIABLE
from mmpeft.startup.libraries import KINDS

_STDIN = 0
_STREAMS = 3
# What the kernel passes in one message at most.
_DESCRIPTORS = 253


def serve(kind: str, listener: socket.socket) -> None:
    """Fork for each job that connects to `listener`, until standard input has ended."""
    # Of what comes from a terminal the jobs are told too, and they decide. Blocked, not ignored:
    # a fork must not lose a signal that arrives before it is ready for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    _Template(kind, listener).serve()


class _Template:
    """What one template waits for: jobs that ask, jobs that end, and its own end."""

    def __init__(self, kind: str, listener: socket.socket) -> None:
        self._import = KINDS[kind]
        self._waiting = selectors.DefaultSelector()
        self._wait_for(listener, self._accept)
        self._wait_for(_STDIN, partial(self._close, listener))

    def serve(self) -> None:
        while self._waiting.get_map():
            for key, _ in self._waiting.select():
                # What was ready may have been dropped on behalf of another event of this round.
                if key.fd in self._waiting.get_map():
                    key.data(key.fileobj)

    def _wait_for(self, thing: Any, act: Any) -> None:
        self._waiting.register(thing, selectors.EVENT_READ, act)

    def _close(self, listener: socket.socket, stdin: int) -> None:
        """Take no more jobs; the last of the templates removes their folder."""
        self._waiting.unregister(stdin)
        self._waiting.unregister(listener)
        address = Path(listener.getsockname())
        listener.close()
        address.unlink()
        with contextlib.suppress(OSError):
            address.parent.rmdir()

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        self._wait_for(connection, self._take)

    def _take(self, connection: socket.socket) -> None:
        self._waiting.unregister(connection)
        with connection.makefile("rb") as message:
            _, passed, _, _ = socket.recv_fds(connection, 1, _DESCRIPTORS)
            line = message.readline()
        if not line.endswith(b"\n"):
            connection.close()
            return
        self._import()
        if (pid := os.fork()) == 0:
            self._leave()
            connection.close()
            _become(json.loads(line), passed[:_STREAMS])
        for descriptor in passed:
            os.close(descriptor)
        connection.send(b"%d\n" % pid)
        self._wait_for(connection, partial(self._abandoned, pid))
        self._wait_for(os.pidfd_open(pid), partial(self._ended, pid, connection))

    def _leave(self) -> None:
        """Let a fork close what the template waits for."""
        for key in [*self._waiting.get_map().values()]:
            os.close(key.fileobj) if isinstance(key.fileobj, int) else key.fileobj.close()
        self._waiting.close()

    def _abandoned(self, pid: int, connection: socket.socket) -> None:
        """The other side was killed: the job is told to end, which this template waits for."""
        self._waiting.unregister(connection)
        os.kill(pid, signal.SIGTERM)

    def _ended(self, pid: int, connection: socket.socket, process: int) -> None:
        self._waiting.unregister(process)
        os.close(process)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if connection.fileno() in self._waiting.get_map():
            self._waiting.unregister(connection)
        with contextlib.suppress(BrokenPipeError):
            connection.send(b"%d\n" % (status if status >= 0 else 128 - status))
        connection.close()


def _become(job: Mapping[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be the process that the client would have been, to its end.

    Descriptors that were passed beside the streams stay open, and their locks held, until then.
    """
    for own, stream in enumerate(streams):
        os.dup2(stream, own)
        os.close(stream)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    del os.environ[VARIABLE]
    if torch := sys.modules.get("torch"):
        # Read when torch is imported, too early here.
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))
    sys.argv = job["arguments"]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    status: Any = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    # The template's own frames lie below this one.
    os._exit(status if isinstance(status, int) else int(status is not None))
