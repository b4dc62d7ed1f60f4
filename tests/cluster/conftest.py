"""A Slurm of our own on this machine, and Snakemake as its user."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from slurm_driver import command
from workflow_tree import ROOT

HERE = Path(__file__).parent
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munge")


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    """One node with four GPUs that are none."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.fail(
            "needs root and slurmctld, slurmd, slurm-client and munge (missing: "
            f"{', '.join(missing) or 'root'}); leave these tests out with -m 'not slurm'"
        )
    folder = tmp_path_factory.mktemp("slurm")
    subprocess.run([HERE / "slurm.sh", "up", folder], check=True)
    yield
    subprocess.run([HERE / "slurm.sh", "down", folder], check=True)


@pytest.fixture
def tree(tmp_path) -> Path:
    """A workflow of single jobs, with the profiles."""
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    shutil.copy(HERE / "jobs.smk", tmp_path / "Snakefile")
    return tmp_path


@pytest.fixture
def driver(slurm) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Snakemake, killed if it hangs; stdout and stderr come together in `stdout`."""

    def run(tree: Path, *arguments: str, seconds: int = 900) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["timeout", "-k", "5", str(seconds), *command(*arguments)],
            cwd=tree,
            # The GPUs are none, so that jobs run on the CPU.
            env=os.environ | {"MMPEFT_CPU_FALLBACK": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return run
