"""How many samples of a global batch go through the model at once.

A process has its share of the global batch and accumulates over micro-batches of equal size, so
that only sizes which divide the share are legal; the global batch stays as the study has it. Before
a training `micro_batch_of` finds the size, if that is asked of it. A training that runs out of
memory all the same is tried again with less of it at a time (`train_within_memory`).
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import nlargest
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import nn

from mmpeft.batch_sizes import halvings, largest_legal, legal_sizes
from mmpeft.batching import EncodedRows, Example, Inputs, Row, collate
from mmpeft.failures import OUT_OF_MEMORY, Failure, outcome, passed_on
from mmpeft.files import write_json
from mmpeft.memory import free_memory, out_of_memory
from mmpeft.training import processes
from mmpeft.training.trainer import answer_loss

_logger = logging.getLogger(__name__)

AUTOMATIC = "auto"


class Tried:
    """The micro-batches of a training, the last of which is in use.

    They are kept in `file`, so that a training which is continued goes on with the same one. When
    no smaller one is left, the file has the failure too, as records have it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.sizes: list[int] = json.loads(file.read_text())["sizes"] if file.exists() else []

    def add(self, size: int) -> None:
        """Use `size` from now on, in all processes, which come here together."""
        self.sizes.append(size)
        # Between the two no process trains: none writes that it has run out of memory.
        processes.wait_for_all()
        if processes.is_first():
            self._write(None)
        processes.wait_for_all()

    def less(self, batch: int, failure: Failure) -> bool:
        """Use at most half the last one from now on; False after ATTEMPTS, or before the first.

        batch: the global one. failure: that of the last one. Several processes that come here at
        once write the same sizes.
        """
        smaller = None
        if self.sizes:
            _logger.warning("%s, with a micro-batch of %d", failure.reason, self.sizes[-1])
            sizes = halvings(self.sizes[0], batch // processes.count())
            smaller = next(islice(sizes, len(self.sizes), None), None)
        if smaller is not None:
            self.sizes.append(smaller)
        self._write(failure if smaller is None else None)
        return smaller is not None

    def _write(self, failure: Failure | None) -> None:
        write_json(self.file, {"sizes": self.sizes, **outcome(failure)})


class Attempt(Protocol):
    """One way through a training, with the micro-batch that is in use."""

    def train(self) -> Failure | None:
        """Train to the end; returns how it failed, or None."""


AttemptT = TypeVar("AttemptT", bound=Attempt)


def train_within_memory(
    begin: Callable[[], AttemptT], tried: Tried, batch: int, before: Iterable[Path]
) -> tuple[AttemptT, Failure | None]:
    """The attempt that has ended the training, and how it failed, or None.

    begin: a new attempt with the last of the `tried` sizes, which goes on from the last checkpoint.
    batch: the global one. After an attempt that runs out of memory comes one with less of it at a
    time; if several processes train they are started anew for it, and this call does not return.
    A failure of the work `before`, by its records (`passed_on`), ends it before it begins.
    """
    while True:
        attempt = begin()
        known = passed_on(*before, tried.file)
        # The file is removed when the first of them has ended the training.
        processes.wait_for_all()
        if known is not None:
            return attempt, known
        failure = attempt.train()
        if failure is None or failure.status != OUT_OF_MEMORY:
            return attempt, failure
        # Of several processes the others are in the middle of their work: new ones report it.
        if not tried.less(batch, failure) and processes.count() == 1:
            return attempt, failure
        # Nothing may be left of an attempt, or its memory is not freed for the next one.
        del attempt
        processes.start_anew()


def largest_fitting(share: int, peak: Callable[[int], float], budget: float) -> int:
    """The largest legal micro-batch of which neither it nor a smaller one exceeds the budget.

    peak: the memory in bytes that a step with so many samples takes, at most; it may run out of
    memory. All processes of a training get the same answer, that of the one that needs most.
    Raises MemoryError if one sample is too much.
    """
    fitting = 0
    for size in legal_sizes(share):
        try:
            used = peak(size)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            used = float("inf")
        if processes.largest(used / budget) > 1:
            break
        fitting = size
    free_memory()
    if not fitting:
        raise MemoryError(f"one sample takes more than the {budget / 2**30:.1f} GiB of the budget")
    return fitting


def micro_batch_of(
    settings: Mapping[str, Any], model: nn.Module, parts: Sequence[EncodedRows]
) -> int:
    """Samples that a process passes through the model at once, legal for its share of the batch.

    settings: with `batch_size` and perhaps `micro_batch_size`: a limit, or "auto" for what fits
    into `memory_share` of this GPU; on the CPU, and without the key, it is the whole share. parts:
    the training rows. Raises ValueError if the batch cannot be divided so.
    """
    batch, number = settings["batch_size"], processes.count()
    if batch % number:
        raise ValueError(f"batch_size {batch} cannot be shared by {number} processes")
    share = batch // number
    micro = settings.get("micro_batch_size", batch)
    if micro == AUTOMATIC:
        if not torch.cuda.is_available():
            return share
        return fitting_on_this_gpu(
            model,
            longest(parts, share),
            parts[0].encoder.processor.tokenizer.pad_token_id,
            share,
            memory_share=settings["memory_share"],
            precision=settings["precision"],
        )
    if batch % micro:
        raise ValueError(f"micro_batch_size {micro} does not divide batch_size {batch}")
    return largest_legal(share, lambda size: size <= micro)


def fitting_on_this_gpu(
    model: nn.Module,
    examples: Sequence[Example],
    pad_token_id: int,
    share: int,
    *,
    memory_share: float,
    precision: str,
) -> int:
    """The largest micro-batch whose training step takes at most `memory_share` of the GPU.

    model: as it will be trained, gradient checkpointing included; it is moved to the GPU. examples:
    the first ones are tried, so that the longest should come first. What Adam will keep (two
    numbers in 32 bits for each that is trained) counts too. Of torch's random numbers and of
    gradients nothing is left changed.
    """
    model.cuda()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    kept = 2 * 4 * sum(parameter.numel() for parameter in trained)
    _, total = torch.cuda.mem_get_info()

    def peak(size: int) -> float:
        torch.cuda.reset_peak_memory_stats()
        try_step(model, collate(examples[:size], pad_token_id, side="right"), precision)
        return torch.cuda.max_memory_allocated()

    return largest_fitting(share, peak, memory_share * total - kept)


def longest(parts: Sequence[EncodedRows], number: int) -> list[Example]:
    """Rows that take most: those with an image, and of them those with the longest texts."""

    def size(row_of: tuple[EncodedRows, Row]) -> tuple[bool, int]:
        part, row = row_of
        spec = part.encoder.spec
        return row["image"] is not None, len(spec.prompt(row)) + len(spec.target(row))

    found = nlargest(number, ((part, row) for part in parts for row in part.rows), key=size)
    return [example for part, row in found for example in part.encoder([row])]


def try_step(model: Any, inputs: Inputs, precision: str) -> None:
    """Two passes forward and backward, the second with gradients in place, and nothing kept."""
    device = next(model.parameters()).device
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
    inputs = {name: value.to(device) for name, value in inputs.items()}
    training = model.training
    model.train()
    try:
        # By default it asks all GPUs that are visible, and so takes memory of each.
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            for _ in range(2):
                with autocast:
                    loss, _ = answer_loss(model, inputs)
                loss.backward()
    finally:
        model.zero_grad(set_to_none=True)
        model.train(training)
