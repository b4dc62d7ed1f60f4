"""GPU tests run in the environment of the GPU machine, not in the locked one, which is for CPUs."""

import pytest
import torch
from packaging.specifiers import SpecifierSet

# torch that the tests are meant for; the lock has one without CUDA.
TORCH = SpecifierSet(">=2.8,<3", prereleases=True)


@pytest.fixture(scope="session", autouse=True)
def gpu_and_torch():
    """Asked for by `-m gpu`, these tests fail where they cannot run."""
    version = torch.__version__.partition("+")[0]
    assert version in TORCH, f"torch {version} is not within {TORCH}"
    assert torch.cuda.is_available(), "no GPU that torch can use"
