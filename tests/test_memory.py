import pytest
import torch

from mmpeft.memory import memory_failure, out_of_memory

GPU_FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore.")


@pytest.mark.parametrize(
    "error",
    [
        GPU_FULL,
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        MemoryError("none left"),
    ],
)
def test_running_out_of_memory_has_several_names(error):
    assert out_of_memory(error)
    assert not out_of_memory(ValueError("none left"))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GPU_FULL, "out of memory: CUDA out of memory. Tried to allocate 2.00 GiB."),
        (MemoryError(), "out of memory: MemoryError"),
    ],
)
def test_running_out_of_memory_is_a_failure(error, reason):
    failure = memory_failure(error)
    assert (failure.status, failure.reason) == ("oom", reason)
    assert failure.excerpt


def test_any_other_error_is_raised_again():
    with pytest.raises(RuntimeError, match="shapes do not match"):
        memory_failure(RuntimeError("shapes do not match"))
