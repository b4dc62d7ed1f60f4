"""Full fine-tuning of a base on the mixture of seen data sets (paper, App. A.2)."""

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import ConcatDataset
from transformers import PreTrainedModel

from mmpeft.batching import EncodedRows, Encoder
from mmpeft.datasets.registry import DATASETS, PREPARATION
from mmpeft.datasets.schema import read_rows
from mmpeft.failures import Failure
from mmpeft.files import whole_folder, write_json, write_text
from mmpeft.finished import BASE, take_over
from mmpeft.models.family import Family
from mmpeft.models.loading import PRECISIONS, load_base
from mmpeft.provenance import fingerprint, peak_gpu_memory_bytes, peak_memory_bytes, provenance
from mmpeft.sources import SCRIPTS, digest
from mmpeft.training.checkpoints import CheckpointFolder, Saving, StopRequest, train_on
from mmpeft.training.micro_batch import Tried, micro_batch_of, train_within_memory
from mmpeft.training.run import (
    TRAINING_ERRORS,
    loss_csv,
    training_arguments,
    training_failure,
)
from mmpeft.training.trainer import FineTuner

Settings = Mapping[str, Any]


def fine_tune_seen(settings: Settings, data_dirs: Sequence[Path], out: Path) -> Failure | None:
    """Write the tuned base to `out`, as `load_base` reads it, with `loss.csv` and `seen.json`.

    settings: as `Study.seen_settings` gives them. data_dirs: of each of its datasets the folder of
    the splits. All but the visual encoder is trained, in float32, under autocast if the study's
    precision is bfloat16: of smaller weights most updates would be rounded away. Weights are stored
    in the study's precision.

    Returns None, or the failure that `out` holds instead, for all runs that would start from the
    base: a dataset of the mixture that is not to be had, no memory with smaller micro-batches too,
    a loss that is not finite. Raises Interrupted after SIGTERM or SIGINT; the next call goes on
    from there. What the orphan of a killed Snakemake has finished is taken over. Only one process
    may make a base at a time.
    """
    started = time.monotonic()
    base = Path(settings["model"]["base"])
    splits = [folder / f"{name}.parquet" for folder in data_dirs for name in _SPLITS]
    code = digest(SCRIPTS / "fine_tune_seen.py", family=settings["model"]["family"], numbers=True)
    code_and_data = fingerprint(settings, [*splits, base], code)
    checkpoints = CheckpointFolder(out.with_name(f"{out.name}.checkpoint"), code_and_data)
    if take_over([out], code_and_data) is not None:
        checkpoints.delete()
        return None
    tried = Tried(checkpoints.path / "micro_batch.json")
    tuning, failure = train_within_memory(
        lambda: _Tuning(settings, data_dirs, checkpoints, tried),
        tried,
        settings["batch_size"],
        before=[folder / PREPARATION for folder in data_dirs],
    )
    if failure is None:
        with whole_folder(out) as part:
            tuning.save(part)
            record = {
                "settings": dict(settings),
                "micro_batch_sizes": tried.sizes,
                "steps": tuning.trainer.state.global_step,
                "total_seconds": time.monotonic() - started,
                "peak_memory_bytes": peak_memory_bytes(),
                "peak_gpu_memory_bytes": peak_gpu_memory_bytes(),
                "fingerprint": code_and_data,
                "provenance": provenance(),
            }
            write_json(part / BASE, record)
    else:
        failure.fill(out)
    checkpoints.delete()
    return failure


_SPLITS = ("train", "validation")


def train_whole(model: PreTrainedModel, family: Family) -> None:
    """Freeze the visual encoder alone; what is fixed by design stays so."""
    for name, parameter in model.named_parameters():
        visual = re.fullmatch(family.visual_encoder.pattern, name)
        if visual and not family.connector_names([name]):
            parameter.requires_grad_(False)


class _Mixture(ConcatDataset):
    """Rows of several data sets, one after the other, encoded a batch at a time."""

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        return [self[index] for index in indices]


class _Tuning:
    """One full fine-tuning, however far it got."""

    def __init__(
        self,
        settings: Settings,
        data_dirs: Sequence[Path],
        checkpoints: CheckpointFolder,
        tried: Tried,
    ) -> None:
        self.settings = settings
        self.data_dirs = data_dirs
        self.checkpoints = checkpoints
        self.tried = tried
        self.processor: Any = None
        self.trainer: FineTuner | None = None

    def train(self) -> Failure | None:
        """Train to the end; returns how it failed, or None."""
        try:
            with StopRequest() as stop:
                self.trainer = self._trainer(stop)
                train_on(self.trainer, self.checkpoints.latest(), stop)
        except TRAINING_ERRORS as error:
            history = [] if self.trainer is None else self.trainer.state.log_history
            return training_failure(error, history)
        return None

    def save(self, folder: Path) -> None:
        """Write the base and its loss curve."""
        model = self.trainer.model.to(PRECISIONS[self.settings["precision"]])
        model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        write_text(folder / "loss.csv", loss_csv(self.trainer.state.log_history))

    def _trainer(self, stop: StopRequest) -> FineTuner:
        settings = self.settings
        model, self.processor, family = load_base(settings["model"])
        train_whole(model, family)
        encoders = [
            Encoder(
                self.processor,
                family,
                DATASETS[dataset["name"]],
                with_answer=True,
                max_length=settings["max_length"],
            )
            for dataset in settings["datasets"]
        ]
        train, validation = (
            [
                EncodedRows(read_rows(folder / f"{split}.parquet"), encoder)
                for folder, encoder in zip(self.data_dirs, encoders, strict=True)
            ]
            for split in _SPLITS
        )
        if settings.get("gradient_checkpointing"):
            model.activation_checkpointing_enable({"use_reentrant": False})
        if not self.tried.sizes:
            self.tried.add(micro_batch_of(settings, model, train))
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        group = {"lr": settings["learning_rate"], "weight_decay": settings["weight_decay"]}
        return FineTuner(
            model,
            training_arguments(settings, self.checkpoints.path, self.tried.sizes[-1]),
            groups=[{"name": "all", "params": trained, **group}],
            schedule=settings["schedule"],
            train_rows=_Mixture(train),
            validation_rows=_Mixture(validation),
            pad_token_id=self.processor.tokenizer.pad_token_id,
            order_seed=settings["seeds"]["order"],
            callbacks=[Saving(self.checkpoints, stop)],
        )
