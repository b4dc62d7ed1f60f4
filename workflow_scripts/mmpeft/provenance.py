"""Where a result comes from: code, versions, hardware, and a fingerprint of what went into it."""

import hashlib
import json
import os
import platform
import resource
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

PACKAGES = (
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "tokenizers",
    "safetensors",
    "numpy",
    "pillow",
    "pyarrow",
)
# Used where they are installed.
OPTIONAL_PACKAGES = ("flash-attn",)

# Hashing the 15 GB of a full-size base would take longer than loading it.
HASHED_WHOLE_BYTES = 256 * 2**20


def provenance() -> dict[str, Any]:
    """Describe this process, JSON-able: time of the call, versions, hardware, git."""
    return {
        "recorded": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": versions(),
        "hardware": hardware(),
        "git": git_state(Path(__file__).parent),
    }


def versions() -> dict[str, str]:
    """Versions of the packages that can change a number, as far as they are installed."""
    found = {name: version(name) for name in PACKAGES}
    for name in OPTIONAL_PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def hardware() -> dict[str, Any]:
    """Describe the machine that runs this process; memory in bytes."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "gpus": gpus(),
        "visible_devices": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "cuda": torch.version.cuda,
    }


def gpus() -> list[dict[str, Any]]:
    """Id, UUID and name of each GPU that torch can use here.

    The id is how CUDA_VISIBLE_DEVICES calls it, else its number; the UUID is None on GPUs for which
    torch has none.
    """
    found = range(torch.cuda.device_count())
    ids = os.environ.get("CUDA_VISIBLE_DEVICES", ",".join(map(str, found))).split(",")
    properties = [torch.cuda.get_device_properties(number) for number in found]
    return [
        {
            "id": id_.strip(),
            "uuid": str(gpu.uuid) if hasattr(gpu, "uuid") else None,
            "name": gpu.name,
        }
        for id_, gpu in zip(ids, properties, strict=False)
    ]


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def git_state(folder: Path) -> dict[str, Any]:
    """Commit and whether tracked files differ from it; None where there is no git checkout."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
        except FileNotFoundError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    changes = git("status", "--porcelain", "--untracked-files=no")
    return {
        "commit": git("rev-parse", "HEAD"),
        "dirty": None if changes is None else changes != "",
    }


def peak_memory_bytes() -> int:
    """Largest resident set of this process so far (getrusage reports KiB on Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def peak_gpu_memory_bytes() -> int | None:
    """Largest memory that torch allocated on the GPU so far; None without a GPU."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None


def fingerprint(settings: Mapping[str, Any], inputs: Iterable[Path], code: str) -> str:
    """Hash all that can change the numbers of a job: settings, input files, code, versions.

    `inputs` are files or folders. `code` is the `sources.digest` of the job's script.
    Returns 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    digest.update(json.dumps(settings, sort_keys=True).encode())
    digest.update(json.dumps(versions()).encode())
    digest.update(code.encode())
    for path in _files(inputs):
        digest.update(path.name.encode())
        digest.update(_content(path))
    return digest.hexdigest()


def _files(paths: Iterable[Path]) -> list[Path]:
    return [
        file
        for path in paths
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if not file.is_dir()
    ]


def _content(path: Path) -> bytes:
    """Digest of a file; of a very large one its size and time of change stand for its content."""
    state = path.stat()
    if state.st_size > HASHED_WHOLE_BYTES:
        return f"{state.st_size} {state.st_mtime_ns}".encode()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
