"""The GPUs of a machine, and which of them a process may use."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

_GPU = re.compile(r"GPU (\d+): (.+) \(UUID: (\S+)\)")
_MIG = re.compile(r"\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (\S+)\)")
_ENTRY = re.compile(r"\d+|GPU-.+|MIG-.+")


@dataclass(frozen=True)
class Device:
    """A GPU, or a part of one (MIG); `index` is the number of the whole GPU."""

    index: str
    uuid: str
    name: str


def devices_of_machine() -> list[Device]:
    """Devices that nvidia-smi lists; none on a machine without it.

    Raises RuntimeError if it fails, as it does when it does not fit the driver.
    """
    try:
        done = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True)
    except FileNotFoundError:
        return []
    if done.returncode:
        raise RuntimeError(f"nvidia-smi: {(done.stdout + done.stderr).strip()}")
    return parse_listing(done.stdout)


def parse_listing(text: str) -> list[Device]:
    """Devices in the text of `nvidia-smi --list-gpus`; a divided GPU counts by its parts alone."""
    devices: list[Device] = []
    for line in text.splitlines():
        if gpu := _GPU.fullmatch(line):
            index, name, uuid = gpu.groups()
            devices.append(Device(index, uuid, name))
        elif part := _MIG.fullmatch(line):
            profile, uuid = part.groups()
            whole = next(device for device in reversed(devices) if device.index == index)
            if not whole.uuid.startswith("MIG-"):
                devices.remove(whole)
            devices.append(Device(index, uuid, f"{name} MIG {profile}"))
    return devices


def visible_devices(visible: str | None, present: Sequence[Device]) -> list[str]:
    """Devices that a process with this value of CUDA_VISIBLE_DEVICES may use, in its order.

    visible: numbers, UUIDs or unambiguous beginnings of them, None if it is not set; as in CUDA, an
    entry that is none of these (-1, say) ends the list. Numbers are those of nvidia-smi. Devices
    are named by their UUID; where nothing is known of the machine, by the entries themselves.
    Raises ValueError for an entry that this machine does not have.
    """
    if visible is None:
        return [device.uuid for device in present]
    stripped = (entry.strip() for entry in visible.split(","))
    entries = takewhile(_ENTRY.fullmatch, stripped)
    if not present:
        return list(dict.fromkeys(entries))
    return list(dict.fromkeys(uuid for entry in entries for uuid in _named(entry, present)))


def _named(entry: str, present: Sequence[Device]) -> list[str]:
    if entry.isdecimal():
        found = [device.uuid for device in present if device.index == entry]
    else:
        found = [device.uuid for device in present if device.uuid.startswith(entry)]
    if not found or (len(found) > 1 and not entry.isdecimal()):
        there = ", ".join(f"{device.index} = {device.uuid}" for device in present)
        raise ValueError(f"CUDA_VISIBLE_DEVICES names {entry!r}; this machine has {there}")
    return found
