"""Micro-batches: the samples of one forward pass. Several of them add up to a global batch.

A training that runs out of memory is tried again with less of it at a time:

    for size in halvings(first, batch):
        free_memory()
        ... train with `size`; break unless `out_of_memory(error)`

Nothing but the result may be left of an attempt, or its memory is not freed for the next one.
"""

import gc
from collections.abc import Iterator

import torch

ATTEMPTS = 3


def halvings(micro_batch: int, batch: int, attempts: int = ATTEMPTS) -> Iterator[int]:
    """`micro_batch`, then sizes of at most half the one before, `attempts` of them at most.

    Each divides the global `batch`, so that accumulation keeps it. Raises ValueError if
    `micro_batch` does not.
    """
    if batch % micro_batch:
        raise ValueError(f"micro_batch_size {micro_batch} does not divide batch_size {batch}")
    for _ in range(attempts):
        yield micro_batch
        if micro_batch == 1:
            return
        micro_batch = next(size for size in range(micro_batch // 2, 0, -1) if batch % size == 0)


def free_memory() -> None:
    """Give back what an attempt that is over has left on the GPU."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: on a GPU torch has a type for it, on the CPU only a message."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        "can't allocate memory" in str(error)
    )
