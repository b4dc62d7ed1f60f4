"""How many samples go through a model at once, and with how many less it is tried again."""

from collections.abc import Callable, Iterator

ATTEMPTS = 3


def legal_sizes(share: int) -> list[int]:
    """Micro-batches of a process with `share` samples of each global batch, ascending."""
    return [size for size in range(1, share + 1) if share % size == 0]


def largest_legal(share: int, fits: Callable[[int], bool]) -> int:
    """The largest legal micro-batch that fits; 0 if not even one sample does."""
    return max(filter(fits, legal_sizes(share)), default=0)


def halvings(size: int, share: int, attempts: int = ATTEMPTS) -> Iterator[int]:
    """`size`, then sizes of at most half the one before, `attempts` of them at most.

    Each divides `share`, so that accumulation keeps the global batch of a training. Raises
    ValueError if `size` does not.
    """
    if share % size:
        raise ValueError(f"micro_batch_size {size} does not divide batch_size {share}")
    for _ in range(attempts):
        yield size
        if size == 1:
            return
        half = size // 2
        size = largest_legal(share, half.__ge__)
