"""Checkpoints of one run: found again by the next attempt, deleted after success.

They lie in a folder that no rule declares as output, so that Snakemake does not delete them with
the outputs of a failed attempt. Inside, a folder named by the fingerprint of the run holds what
this very run saved; anything else there belongs to other settings, data or code and is removed.
"""

import logging
import shutil
import signal
import time
from collections.abc import Collection
from pathlib import Path
from types import FrameType
from typing import Any

from transformers import (
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from mmpeft.files import CHECKSUMS, DamagedError, flush, verify, whole_folder, write_checksums
from mmpeft.methods import save_adapter
from mmpeft.methods.saving import epoch_folder
from mmpeft.models.family import Family
from mmpeft.training import processes

SAVED_EVERY_SECONDS = 180.0
# One to fall back on: a disk may lose the newest.
KEPT = 2

_logger = logging.getLogger(__name__)


class Interrupted(Exception):
    """The run was asked to stop by `signal_number` and has saved its state."""

    def __init__(self, signal_number: int, step: int) -> None:
        super().__init__(f"stopped by {signal.Signals(signal_number).name} after step {step}")
        self.signal_number = signal_number


class CheckpointFolder:
    """The checkpoints of the run with this fingerprint, below `root`."""

    def __init__(self, root: Path, fingerprint: str) -> None:
        self.root = root
        self.path = root / fingerprint[:16]

    def latest(self) -> Path | None:
        """Newest whole checkpoint, after removing whatever this run cannot continue from."""
        if not self.root.is_dir():
            return None
        for other in sorted(self.root.iterdir()):
            if other != self.path:
                _logger.warning("ignoring checkpoints of other settings, data or code: %s", other)
                shutil.rmtree(other)
        found = self._checkpoints()
        while found and not _is_whole(found[-1]):
            shutil.rmtree(found.pop())
        return found[-1] if found else None

    def mark_complete(self, step: int) -> None:
        """Declare the checkpoint of `step` whole and delete older ones but the last of them."""
        write_checksums(self.path / f"checkpoint-{step}")
        flush(self.path / f"checkpoint-{step}")
        for checkpoint in self._checkpoints()[:-KEPT]:
            shutil.rmtree(checkpoint)

    def _checkpoints(self) -> list[Path]:
        """The oldest first."""
        return sorted(self.path.glob("checkpoint-*"), key=_step)

    def delete(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


def _is_whole(checkpoint: Path) -> bool:
    if not (checkpoint / CHECKSUMS).exists():  # the process ended while it was written
        return False
    try:
        verify(checkpoint)
    except DamagedError as error:
        _logger.warning("ignoring a checkpoint: %s", error)
        return False
    return True


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


class StopRequest:
    """Notes SIGTERM and SIGINT while it is entered, instead of ending the process at once."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> "StopRequest":
        for number in (signal.SIGTERM, signal.SIGINT):
            self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal_number = number


class Saving(TrainerCallback):
    """Saves every few minutes, and once more before it ends the training on a stop request."""

    def __init__(
        self, folder: CheckpointFolder, stop: StopRequest, every: float = SAVED_EVERY_SECONDS
    ) -> None:
        self.folder = folder
        self.stop = stop
        self.every = every
        self._last_save = time.monotonic()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        # The last step of an epoch is followed by its validation, which the checkpoint must hold.
        if not state.epoch.is_integer():
            self._act(control)

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        if not state.epoch.is_integer():
            control.should_evaluate = False  # the epoch was stopped, and has been saved, midway
        elif state.global_step < state.max_steps:
            self._act(control)

    def on_save(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        processes.wait_for_all()
        if processes.is_first():
            self.folder.mark_complete(state.global_step)
        self._last_save = time.monotonic()

    def _act(self, control: TrainerControl) -> None:
        # The same for all processes: what one was told, or finds due, holds for the others too.
        number = int(processes.largest(self.stop.signal_number or 0))
        self.stop.signal_number = number or None
        stopping = number > 0
        due = time.monotonic() - self._last_save >= self.every
        if stopping or processes.largest(due):
            control.should_save = True
        if stopping:
            control.should_training_stop = True


def train_on(trainer: Trainer, latest: Path | None, stop: StopRequest) -> None:
    """Train to the end, from the checkpoint `latest` on if there is one.

    Raises Interrupted if `stop` was asked for before the last step.
    """
    trainer.train(resume_from_checkpoint=latest and str(latest))
    if trainer.state.global_step < trainer.state.max_steps:
        raise Interrupted(stop.signal_number, trainer.state.global_step)


class EpochAdapters(TrainerCallback):
    """Saves the adapter after each of some epochs, in the folder of the checkpoints.

    It is whole before any checkpoint of a later step, so that a run which continues from one finds
    all the adapters before it.
    """

    def __init__(self, folder: CheckpointFolder, family: Family, kept: Collection[int]) -> None:
        self.folder = folder
        self.family = family
        self.kept = kept

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        due = state.epoch.is_integer() and int(state.epoch) in self.kept
        if due and processes.is_first():
            with whole_folder(epoch_folder(self.folder.path, int(state.epoch))) as part:
                save_adapter(model, self.family, part)
