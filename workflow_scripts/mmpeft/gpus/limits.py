"""What Snakemake does not say about `--resources gpu=N`: it clamps, or counts nothing, silently."""

from collections.abc import Mapping
from typing import Any


def gpus_in(resources: Mapping[str, Any]) -> int | None:
    """GPUs among the resources that Snakemake keeps of a rule or of a whole workflow.

    None where they are not named, or by an expression that depends on the job.
    """
    gpu = resources.get("gpu")
    return None if gpu is None or gpu.is_evaluable() else gpu.value


def over_limit(asked: Mapping[str, int], limit: int | None) -> str | None:
    """Why jobs would get fewer GPUs than they ask for; None if they would not.

    asked: GPUs of one job by rule; limit: that of all jobs together, None if there is none.
    """
    if limit is None:
        return None
    over = ", ".join(f"{name} ({gpus})" for name, gpus in asked.items() if gpus > limit)
    return over and (
        f"--resources gpu={limit} is less than one job asks for: {over}. Raise the limit, or lower "
        "`resources` of the study"
    )


def unlimited(asked: Mapping[str, int], limit: int | None) -> str | None:
    """What comes of jobs that ask for GPUs if nobody said how many there are; None if all is well.

    asked, limit: as for `over_limit`.
    """
    jobs = ", ".join(name for name, gpus in asked.items() if gpus)
    if limit is not None or not jobs:
        return None
    return (
        f"jobs ask for GPUs ({jobs}), but without a limit: those that find none free hold their "
        "cores while they wait. Say how many GPUs there are: --resources gpu=N"
    )
