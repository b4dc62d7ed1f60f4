"""Run a command on GPUs of its own."""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from mmpeft.gpus.devices import Device, visible_devices
from mmpeft.gpus.locks import lock_devices
from mmpeft.gpus.promise import CPU_FALLBACK, PROMISED, falls_back
from mmpeft.startup.address import HELD

VISIBLE = "CUDA_VISIBLE_DEVICES"
# What batch systems call the allocation that a process runs in.
ALLOCATIONS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")


class GpusUnavailable(Exception):
    """A job asks for more GPUs than it can ever have here."""


def run_with_gpus(
    command: Sequence[str], count: int, present: Sequence[Device], environment: Mapping[str, str]
) -> NoReturn:
    """Become `command`, which sees `count` GPUs and holds their lease until its last process ends.

    present: the GPUs of this machine. CUDA_VISIBLE_DEVICES in `environment` restricts them. What a
    batch system assigned is left as it is if it is as much as was asked for; of a larger allocation
    the job leases its part, from the other jobs in the same allocation alone. Waits for GPUs that
    other jobs hold. Raises GpusUnavailable if there are fewer than `count` in all; but where the
    user asked for that (`CPU_FALLBACK`) the command runs on the CPU, and says so. With count 0 it
    leases nothing and sees no GPU.
    """
    given_by = allocation(environment)
    # In an allocation, what was not assigned belongs to somebody else.
    visible = environment.get(VISIBLE, "" if given_by else None)
    usable = visible_devices(visible, present)
    if count > len(usable):
        _explain_lack(count, usable, given_by, environment)
        count = 0
    changes = {PROMISED: str(count)}
    if not given_by or count < len(usable):
        held = lock_devices(usable, count, folder_of_locks(given_by)) if count else {}
        for descriptor in held.values():
            os.set_inheritable(descriptor, True)
        changes |= {VISIBLE: ",".join(held), HELD: ",".join(map(str, held.values()))}
    os.execvpe(command[0], command, {**environment, **changes})


def allocation(environment: Mapping[str, str]) -> str | None:
    """Name of the batch system's allocation that a process with this environment runs in."""
    named = (f"{name}-{environment[name]}" for name in ALLOCATIONS if environment.get(name))
    return next(named, None)


def folder_of_locks(allocation: str | None) -> Path:
    """Where the locks of this machine are, or those of one allocation; on a local disk.

    A batch system may number the devices of each allocation from 0, so that equal numbers in two of
    them are not the same device.
    """
    return Path(tempfile.gettempdir(), "mmpeft-gpus", allocation or "machine")


def _explain_lack(
    count: int, usable: Sequence[str], given_by: str | None, environment: Mapping[str, str]
) -> None:
    source = given_by or (VISIBLE if VISIBLE in environment else "this machine")
    lack = f"{count} GPUs asked for, {source} has {len(usable)}"
    if not falls_back(environment):
        raise GpusUnavailable(f"{lack}; {CPU_FALLBACK}=1 runs jobs on the CPU instead")
    print(f"{lack}: runs on the CPU, as {CPU_FALLBACK} says", file=sys.stderr, flush=True)
