"""GPU tests run in the environment of the GPU machine, not in the locked one, which is for CPUs."""

import tomllib
from pathlib import Path

import pytest
import torch
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture(scope="session", autouse=True)
def gpu_and_torch():
    """Asked for by `-m gpu`, these tests fail where they cannot run."""
    requirements = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    (wanted,) = (one for one in map(Requirement, requirements) if one.name == "torch")
    assert wanted.specifier.contains(torch.__version__, prereleases=True), torch.__version__
    assert torch.cuda.is_available(), "no GPU that torch can use"
