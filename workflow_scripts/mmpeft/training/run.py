"""One run of the grid, from its settings to its adapter, loss curve and record."""

import csv
import io
import logging
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments

from mmpeft.batching import EncodedRows, Encoder, subset
from mmpeft.datasets.registry import DATASETS, PREPARATION
from mmpeft.datasets.schema import read_rows
from mmpeft.failures import DIVERGED, UNSUPPORTED, Failure, outcome
from mmpeft.files import whole_folder, write_json, write_text
from mmpeft.finished import parts_of_run, take_over
from mmpeft.memory import memory_failure
from mmpeft.methods import attach, parameter_groups, save_adapter, trainable_manifest
from mmpeft.methods.saving import epoch_folder
from mmpeft.models.family import Family
from mmpeft.models.frozen_vision import features_of, has_features, read_features
from mmpeft.models.loading import load_base
from mmpeft.provenance import (
    fingerprint,
    peak_gpu_memory_bytes,
    peak_memory_bytes,
    provenance,
)
from mmpeft.sources import SCRIPTS, digest
from mmpeft.training import processes
from mmpeft.training.checkpoints import (
    CheckpointFolder,
    EpochAdapters,
    Saving,
    StopRequest,
    train_on,
)
from mmpeft.training.micro_batch import Tried, micro_batch_of, train_within_memory
from mmpeft.training.trainer import TOKEN_KINDS, FineTuner, NonFiniteLoss

Settings = Mapping[str, Any]
Record = dict[str, Any]

_logger = logging.getLogger(__name__)

LOSS_COLUMNS = ("step", "epoch", "split", "loss", "learning_rate")


def fine_tune(settings: Settings, data_dir: Path, out_dir: Path) -> Record:
    """Train one run and write `adapter/`, `loss.csv` and, last, `train.json` below `out_dir`.

    settings: as `Study.train_settings` gives them; `micro_batch_size` limits the samples of one
    forward pass (`micro_batch_of`), the global batch being kept by accumulation. A training that
    runs out of memory goes on from its last checkpoint with half as many; after three sizes it has
    failed. In several `processes` each takes its share of every batch, and the first one writes; if
    one runs out of memory all are started anew, and this call does not return. `seeds.init` draws
    the new parameters, `seeds.subset` chooses the training samples (smaller subsets lie within
    larger ones), `seeds.order` decides the order of samples and the dropout. The adapters after the
    epochs of `kept_epochs`, if there are any, go to `adapter/epochs/`.

    Running out of memory, a loss that is not finite or a method that does not fit the model is a
    result: the record then has one of `failures.STATUSES`, and `adapter/` holds nothing but a
    status file. So it is with a failure of the data or the base, which is passed on. Raises
    Interrupted after SIGTERM or SIGINT, with a checkpoint in `out_dir/checkpoint` that the next
    call continues from.

    What the orphan of a killed Snakemake has finished is taken over. Only one process, or group of
    them, may train a run at a time.
    """
    started = time.monotonic()
    base = Path(settings["model"]["base"])
    files = [data_dir / f"{split}.parquet" for split in ("train", "validation")]
    # Each process draws its own dropout: a run continues in as many processes as it began with.
    shared = {} if processes.count() == 1 else {"processes": processes.count()}
    family, method = settings["model"]["family"], settings["method"]["name"]
    code_and_data = fingerprint(
        {**settings, **shared},
        [*files, base],
        digest(SCRIPTS / "train.py", family=family, method=method, numbers=True),
    )
    checkpoints = CheckpointFolder(out_dir / "checkpoint", code_and_data)
    with processes.first_then_others():
        record = take_over(parts_of_run(out_dir), code_and_data)
    if record is not None:
        if processes.is_first():
            checkpoints.delete()
        return record
    tried = Tried(checkpoints.path / "micro_batch.json")
    run, failure = train_within_memory(
        lambda: _Run(settings, files, checkpoints, tried),
        tried,
        settings["batch_size"],
        before=(base, data_dir / PREPARATION),
    )
    record = {
        **outcome(failure),
        "settings": dict(settings),
        "micro_batch_sizes": tried.sizes,
        **run.summary(),
        "total_seconds": time.monotonic() - started,
        "peak_memory_bytes": peak_memory_bytes(),
        "peak_gpu_memory_bytes": _largest(peak_gpu_memory_bytes()),
        "fingerprint": code_and_data,
        "provenance": provenance(),
    }
    if processes.is_first():
        _write_adapter(run, failure, out_dir / "adapter")
        write_text(out_dir / "loss.csv", loss_csv(run.history))
        write_json(out_dir / "train.json", record)
        checkpoints.delete()
    return record


class _UnsupportedError(Exception):
    """A method cannot be attached to a model."""


class _Run:
    """One training and what is known about it, however far it got."""

    def __init__(
        self,
        settings: Settings,
        files: Sequence[Path],
        checkpoints: CheckpointFolder,
        tried: Tried,
    ) -> None:
        self.settings = settings
        self.files = files
        self.checkpoints = checkpoints
        self.tried = tried
        self.train_samples = 0
        self.model: Any = None
        self.family: Family | None = None
        self.trainer: FineTuner | None = None
        self.parameters: dict[str, Any] | None = None
        self.resumed_from_step: int | None = None
        self.seconds = 0.0

    def train(self) -> Failure | None:
        """Train to the end; returns how it failed, or None."""
        begun = time.monotonic()
        try:
            with StopRequest() as stop:
                self.trainer = self._trainer(stop)
                with processes.first_then_others():
                    latest = self.checkpoints.latest()
                if latest:
                    self.resumed_from_step = int(latest.name.rpartition("-")[2])
                begun = time.monotonic()
                if self.settings["visual_encoder"] == "frozen" and self.family.image_by_image:
                    see_images_once(self.trainer)
                train_on(self.trainer, latest, stop)
        except _UnsupportedError as error:
            return Failure.of(error, UNSUPPORTED, str(error))
        except TRAINING_ERRORS as error:
            return training_failure(error, self.history)
        finally:
            self.seconds = time.monotonic() - begun
        return None

    def _trainer(self, stop: StopRequest) -> FineTuner:
        settings = self.settings
        spec = DATASETS[settings["dataset"]["name"]]
        rows, validation = map(read_rows, self.files)
        rows = subset(rows, settings["train_samples"], settings["seeds"]["subset"])
        self.train_samples = len(rows)
        base, processor, self.family = load_base(settings["model"], settings["precision"])
        try:
            self.model = attach(base, self.family, settings)
        except (ValueError, TypeError) as error:
            method, model = settings["method"]["name"], settings["model"]["name"]
            raise _UnsupportedError(f"{method} does not fit {model}: {error}") from error
        self.parameters = trainable_manifest(self.model, self.family)
        if settings.get("gradient_checkpointing"):
            self.model.activation_checkpointing_enable({"use_reentrant": False})
        encoder = Encoder(
            processor, self.family, spec, with_answer=True, max_length=settings["max_length"]
        )
        train = EncodedRows(rows, encoder)
        if not self.tried.sizes:
            self.tried.add(micro_batch_of(settings, self.model, [train]))
        return FineTuner(
            self.model,
            training_arguments(settings, self.checkpoints.path, self.tried.sizes[-1]),
            groups=parameter_groups(
                self.model,
                self.family,
                learning_rate=settings["learning_rate"],
                connector_learning_rate=settings["connector_learning_rate"],
                visual_encoder_learning_rate=settings["visual_encoder_learning_rate"],
                weight_decay=settings["weight_decay"],
            ),
            schedule=settings["schedule"],
            train_rows=train,
            validation_rows=EncodedRows(validation, encoder),
            pad_token_id=processor.tokenizer.pad_token_id,
            order_seed=settings["seeds"]["order"],
            callbacks=[
                EpochAdapters(self.checkpoints, self.family, settings.get("kept_epochs", ())),
                Saving(self.checkpoints, stop),
            ],
        )

    @property
    def history(self) -> list[dict[str, Any]]:
        return [] if self.trainer is None else self.trainer.state.log_history

    def summary(self) -> Record:
        """The part of the record that tells how the training went."""
        steps = 0 if self.trainer is None else self.trainer.state.global_step
        resumed = self.resumed_from_step or 0
        samples = _samples(steps, self.settings)
        here = samples - _samples(resumed, self.settings)
        losses = {row["split"]: row["loss"] for row in loss_rows(self.history)}
        return {
            "parameters": self.parameters
            and {name: value for name, value in self.parameters.items() if name != "tensors"},
            "train_samples": self.train_samples,
            "samples_seen": samples,
            "tokens": {
                kind: sum(entry.get(f"{kind}_tokens", 0) for entry in self.history)
                for kind in TOKEN_KINDS
            },
            "steps": steps,
            "processes": processes.count(),
            "resumed_from_step": self.resumed_from_step,
            "seconds": self.seconds,
            "samples_per_second": here / self.seconds if self.seconds else None,
            "final_losses": {s: v if _finite(v) else str(v) for s, v in losses.items()},
        }


# Of which some are results.
TRAINING_ERRORS = (NonFiniteLoss, MemoryError, RuntimeError)


def training_failure(error: Exception, history: Iterable[Mapping[str, Any]]) -> Failure:
    """The failure that one of TRAINING_ERRORS is; any other error is raised again.

    history: the Trainer's log up to it.
    """
    if isinstance(error, NonFiniteLoss):
        good = _last_good_loss(history)
        return Failure.of(error, DIVERGED, str(error), step=error.step, last_good_loss=good)
    return memory_failure(error)


def see_images_once(trainer: FineTuner) -> None:
    """Let a frozen visual encoder see each image now, for all epochs, if its features fit."""
    base = trainer.model.get_base_model()
    if not has_features(base):
        return
    rows = [
        part.with_features(partial(features_of, base))
        for part in (trainer.train_dataset, trainer.eval_dataset)
    ]
    if None not in rows:
        trainer.train_dataset, trainer.eval_dataset = rows
        read_features(base)


def training_arguments(
    settings: Settings, checkpoint_dir: Path, micro_batch: int
) -> TrainingArguments:
    """The recipe of a run as the Trainer's arguments; the schedule is up to the `FineTuner`.

    Where the paper is silent and its released scripts differ, the Trainer's defaults hold for all
    models: gradients clipped to norm 1 (off for LLaVA, on for Qwen-VL there), Adam's second beta
    0.999 (0.95 for Qwen-VL there). In bfloat16 what trains is float32 and products are autocast.
    micro_batch: as `micro_batch_of` gives it.
    """
    arguments = TrainingArguments(
        output_dir=str(checkpoint_dir),
        num_train_epochs=settings["epochs"],
        per_device_train_batch_size=micro_batch,
        per_device_eval_batch_size=micro_batch,
        gradient_accumulation_steps=settings["batch_size"] // (micro_batch * processes.count()),
        # A micro-batch without an image leaves the connector without a gradient.
        ddp_find_unused_parameters=True,
        learning_rate=settings["learning_rate"],
        warmup_steps=settings["warmup_ratio"],
        weight_decay=settings["weight_decay"],
        optim="adamw_torch",
        bf16=settings["precision"] == "bfloat16",
        use_cpu=not torch.cuda.is_available(),
        seed=settings["seeds"]["order"],
        eval_strategy="epoch",
        save_strategy="no",
        logging_steps=1,
        # By default the Trainer logs an average in place of a loss that is not finite.
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=not sys.stderr.isatty(),
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )
    # With several visible GPUs the Trainer would multiply the global batch by their number.
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments


def loss_rows(history: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The Trainer's log as tidy rows with `LOSS_COLUMNS`; validation rows have no learning rate."""
    splits = {"loss": "train", "eval_loss": "validation"}
    return [
        {
            "step": entry["step"],
            "epoch": entry["epoch"],
            "split": split,
            "loss": entry[name],
            "learning_rate": entry.get("learning_rate"),
        }
        for entry in history
        for name, split in splits.items()
        if name in entry
    ]


def loss_csv(history: Iterable[Mapping[str, Any]]) -> str:
    """The rows of `loss_rows` as the text of a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, LOSS_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(loss_rows(history))
    return text.getvalue()


def _samples(steps: int, settings: Settings) -> int:
    """Samples seen in `steps` updates; the last batch of an epoch may be smaller."""
    size, batch = settings["train_samples"], settings["batch_size"]
    epochs, rest = divmod(steps, -(-size // batch))
    return epochs * size + rest * batch


def _largest(memory: int | None) -> int | None:
    """Of the processes of a training, which all have GPUs or none."""
    return memory if memory is None else int(processes.largest(memory))


def _finite(value: float) -> bool:
    return abs(value) < float("inf")


def _last_good_loss(history: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Step and value of the last training loss that is finite; None without one."""
    rows = [row for row in loss_rows(history) if row["split"] == "train" and _finite(row["loss"])]
    return {"step": rows[-1]["step"], "loss": rows[-1]["loss"]} if rows else None


def _write_adapter(run: _Run, failure: Failure | None, folder: Path) -> None:
    """Write the adapter, or for a failed run a status file in its place, all at once."""
    if failure is not None:
        failure.fill(folder)
        return
    with whole_folder(folder) as part:
        save_adapter(run.model, run.family, part)
        for epoch in run.settings.get("kept_epochs", ()):
            kept = epoch_folder(run.checkpoints.path, epoch)
            shutil.copytree(kept, epoch_folder(part, epoch))
