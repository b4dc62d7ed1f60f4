"""What a job was promised, and what it finds: a job that asked for a GPU never runs without."""

import os
import sys
from collections.abc import Mapping

# Number of GPUs that a job was given; set by the lease.
PROMISED = "MMPEFT_GPUS"
# Set to 1 by a user whose jobs shall run on the CPU where they find no GPU.
CPU_FALLBACK = "MMPEFT_CPU_FALLBACK"


def falls_back(environment: Mapping[str, str]) -> bool:
    """Whether jobs may run on the CPU. Raises ValueError unless the variable is 1, 0 or not set."""
    value = environment.get(CPU_FALLBACK, "0")
    if value not in ("0", "1"):
        raise ValueError(f"{CPU_FALLBACK} is {value!r}; legal: 0, 1")
    return value == "1"


def require_gpus() -> None:
    """Compare what torch can use with what the job was given; to be called before any training.

    Raises SystemExit with a message if it is less (no driver, or a torch that was built without
    CUDA), unless the user wants the CPU then; that is said.
    """
    import torch

    promised, found = int(os.environ.get(PROMISED, 0)), torch.cuda.device_count()
    if found >= promised:
        return
    lack = f"{promised} GPUs were given to this job, torch {torch.__version__} can use {found}"
    if not falls_back(os.environ):
        sys.exit(f"{lack}; {CPU_FALLBACK}=1 runs jobs on the CPU instead")
    print(f"{lack}: runs on the CPU, as {CPU_FALLBACK} says", file=sys.stderr, flush=True)
