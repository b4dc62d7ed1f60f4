"""What happens when memory runs out, on a GPU or beside it.

Work that runs out of memory is tried again with less of it at a time:

    for size in halvings(first, share):
        free_memory()
        ... work with `size`; break unless `out_of_memory(error)`

Nothing but the result may be left of an attempt, or its memory is not freed for the next one.
"""

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

from mmpeft.failures import OUT_OF_MEMORY, Failure


def free_memory() -> None:
    """Give back what an attempt that is over has left on the GPU, and forget its peak."""
    clear_device_cache(garbage_collection=True)
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: on a GPU torch has a type for it, on the CPU only a message."""
    return (
        isinstance(error, MemoryError | torch.OutOfMemoryError)
        or (isinstance(error, Exception) and should_reduce_batch_size(error))
        or "can't allocate memory" in str(error)
    )


def memory_failure(error: BaseException) -> Failure:
    """The failure that an error is if memory ran out; any other error is raised again."""
    if not out_of_memory(error):
        raise error
    said = next(iter(str(error).splitlines()), type(error).__name__)
    return Failure.of(error, OUT_OF_MEMORY, f"out of memory: {said}")
