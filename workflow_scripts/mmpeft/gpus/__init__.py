"""Which GPUs a job has: a lease of those that no other job on the machine uses."""

from mmpeft.gpus.devices import Device, devices_of_machine, visible_devices
from mmpeft.gpus.lease import GpusUnavailable, run_with_gpus
from mmpeft.gpus.limits import gpus_in, over_limit, unlimited
from mmpeft.gpus.promise import require_gpus

__all__ = [
    "Device",
    "GpusUnavailable",
    "devices_of_machine",
    "gpus_in",
    "over_limit",
    "require_gpus",
    "run_with_gpus",
    "unlimited",
    "visible_devices",
]
