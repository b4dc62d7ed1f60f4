"""How the tests of a cluster call Snakemake."""

import sys

# As docs/running-at-scale.md tells users to adapt the profile; the rest is to lose no time.
_ADAPTED = (
    *("--workflow-profile", "profiles/slurm"),
    *("--default-resources", "slurm_account=test", "mem_mb=500", "runtime=10"),
    *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"),
)


def command(*arguments: str) -> list[str]:
    """Snakemake with the profile for Slurm; targets come first in `arguments`."""
    return [sys.executable, "-m", "snakemake", *arguments, *_ADAPTED]
