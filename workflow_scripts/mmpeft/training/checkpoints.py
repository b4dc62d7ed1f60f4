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

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from mmpeft.files import whole_folder
from mmpeft.methods import save_adapter
from mmpeft.methods.saving import epoch_folder
from mmpeft.models.family import Family

SAVED_EVERY_SECONDS = 180.0

_COMPLETE = "complete"
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
        """Newest complete checkpoint, after removing whatever this run cannot continue from."""
        if not self.root.is_dir():
            return None
        for other in sorted(self.root.iterdir()):
            if other != self.path:
                _logger.warning("ignoring checkpoints of other settings, data or code: %s", other)
                shutil.rmtree(other)
        found = sorted(self.path.glob("checkpoint-*"), key=_step)
        for broken in [checkpoint for checkpoint in found if not (checkpoint / _COMPLETE).exists()]:
            shutil.rmtree(broken)
            found.remove(broken)
        return found[-1] if found else None

    def mark_complete(self, step: int) -> None:
        """Declare the checkpoint of `step` whole and delete older ones."""
        (self.path / f"checkpoint-{step}" / _COMPLETE).touch()
        for checkpoint in self.path.glob("checkpoint-*"):
            if _step(checkpoint) != step:
                shutil.rmtree(checkpoint)

    def delete(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


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
        self.folder.mark_complete(state.global_step)
        self._last_save = time.monotonic()

    def _act(self, control: TrainerControl) -> None:
        stopping = self.stop.signal_number is not None
        if stopping or time.monotonic() - self._last_save >= self.every:
            control.should_save = True
        if stopping:
            control.should_training_stop = True


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
        if state.epoch.is_integer() and int(state.epoch) in self.kept:
            with whole_folder(epoch_folder(self.folder.path, int(state.epoch))) as part:
                save_adapter(model, self.family, part)
