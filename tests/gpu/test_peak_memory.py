import pytest
import torch

from mmpeft.provenance import peak_gpu_memory_bytes
from mmpeft.training.micro_batch import free_memory

pytestmark = pytest.mark.gpu

LARGE = 2**28


def test_the_peak_of_an_attempt_that_is_over_is_forgotten():
    torch.empty(LARGE, dtype=torch.uint8, device="cuda")
    assert peak_gpu_memory_bytes() >= LARGE
    free_memory()
    assert peak_gpu_memory_bytes() < LARGE
