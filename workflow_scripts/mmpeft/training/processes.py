"""One training in several processes of one machine, one for each of its GPUs.

On the CPU, where only tests have more than one, they talk through gloo, on GPUs through NCCL. With
a single process everything here does nothing.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from accelerate import PartialState
from torch import distributed
from torch.multiprocessing.spawn import (
    ProcessContext,
    ProcessException,
    ProcessExitedException,
    start_processes,
)

from mmpeft.memory import free_memory


def count() -> int:
    """Number of processes of this training."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """Number of this process among them, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def is_first() -> bool:
    """Whether this is the process that writes files."""
    return rank() == 0


def wait_for_all() -> None:
    """Return when all processes have come here."""
    if count() > 1:
        distributed.barrier()


@contextmanager
def first_then_others() -> Iterator[None]:
    """Let the first process go through a block before all others."""
    if not is_first():
        wait_for_all()
    yield
    if is_first():
        wait_for_all()


def sums(values: Sequence[float]) -> list[float]:
    """Of each value the sum over all processes; they all get it."""
    return _reduced(values, distributed.ReduceOp.SUM)


def largest(value: float) -> float:
    """The largest of the values of all processes; they all get it."""
    return _reduced([value], distributed.ReduceOp.MAX)[0]


def _reduced(values: Sequence[float], how: Any) -> list[float]:
    if count() == 1:
        return list(values)
    device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
    tensor = torch.tensor(values, dtype=torch.float64, device=device)
    distributed.all_reduce(tensor, op=how)
    return tensor.tolist()


class _Anew(Exception):
    """All processes of a training are to be replaced by new ones."""


def start_anew() -> None:
    """Give back the memory of an attempt that is over, for the next one.

    A single process goes on. Of several it does not return: the others wait for this one wherever
    they are, and `in_processes` starts all of them again.
    """
    if count() > 1:
        raise _Anew
    free_memory()


def in_processes(number: int, work: Callable[..., None], *arguments: Any) -> None:
    """Call `work(*arguments)` in so many processes at once, or with 1 in this one.

    They are forks, so that they have the libraries and hold the lease of their GPUs; CUDA must not
    have been used before, and is not used here. SIGTERM and SIGINT are passed on to them. If one
    fails the others are ended; raises what torch raises then. If `work` ends with SystemExit, so
    does this process. After a `start_anew` of one of them `work` is called again, in new ones.
    """
    if number == 1:
        work(*arguments)
        return
    while not _group_has_finished(number, work, arguments):
        pass


def _group_has_finished(number: int, work: Callable[..., None], arguments: Sequence[Any]) -> bool:
    """Let a group of processes work; False if it wants to be started anew."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = start_processes(
        _member, (number, port, work, arguments), nprocs=number, join=False, start_method="fork"
    )
    with _passing_on_signals(context) as received:
        try:
            while not context.join():
                pass
        except ProcessException as end:
            # Whatever ended the others, it was that this one had left them.
            anew = any(process.exitcode == _ANEW for process in context.processes)
            if anew and not received:
                return False
            if anew:
                sys.exit(128 + received[0])
            if isinstance(end, ProcessExitedException):
                sys.exit(end.exit_code if end.exit_code > 0 else 128 - end.exit_code)
            raise
    return True


@contextmanager
def _passing_on_signals(context: ProcessContext) -> Iterator[list[int]]:
    """Pass signals on to the processes; gives those that have come."""
    received: list[int] = []

    def pass_on(number: int, frame: Any) -> None:
        received.append(number)
        for process in context.processes:
            if process.is_alive():
                os.kill(process.pid, number)

    previous = {number: signal.signal(number, pass_on) for number in _PASSED}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


_PASSED = (signal.SIGTERM, signal.SIGINT)
# Exit status of a process that wants to start anew: one that means nothing else.
_ANEW = 75


def _member(
    number: int, processes: int, port: int, work: Callable[..., None], arguments: Sequence[Any]
) -> None:
    """Join the group as process `number`, work, and leave it together with the others."""
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "RANK": str(number),
        "LOCAL_RANK": str(number),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
    }
    end = None
    try:
        PartialState(cpu=not torch.cuda.is_available())
        work(*arguments)
    except SystemExit as asked:
        end = asked
    except KeyboardInterrupt:
        # torch would take it for a success. The others are elsewhere: do not wait for them.
        sys.exit(128 + signal.SIGINT)
    except _Anew:
        sys.exit(_ANEW)
    # Whoever ends with an error makes torch end the others, at whatever they are.
    wait_for_all()
    distributed.destroy_process_group()
    if end is not None:
        raise end
