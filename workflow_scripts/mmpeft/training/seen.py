"""Full fine-tuning of a base on the mixture of seen data sets (paper, App. A.2)."""

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import ConcatDataset
from transformers import PreTrainedModel

from mmpeft.batching import EncodedRows, Encoder
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import read_rows
from mmpeft.files import whole_folder, write_json, write_text
from mmpeft.finished import BASE, take_over
from mmpeft.memory import free_memory, out_of_memory
from mmpeft.models.family import Family
from mmpeft.models.loading import PRECISIONS, load_base
from mmpeft.provenance import fingerprint, peak_gpu_memory_bytes, peak_memory_bytes, provenance
from mmpeft.sources import SCRIPTS, digest
from mmpeft.training.checkpoints import CheckpointFolder, Saving, StopRequest, train_on
from mmpeft.training.micro_batch import Tried, micro_batch_of
from mmpeft.training.run import loss_csv, training_arguments
from mmpeft.training.trainer import FineTuner

Settings = Mapping[str, Any]


def fine_tune_seen(settings: Settings, data_dirs: Sequence[Path], out: Path) -> None:
    """Write the tuned base to `out`, as `load_base` reads it, with `loss.csv` and `seen.json`.

    settings: as `Study.seen_settings` gives them. data_dirs: of each of its datasets the folder of
    the splits. All but the visual encoder is trained, in float32, under autocast if the study's
    precision is bfloat16: of smaller weights most updates would be rounded away. Weights are stored
    in the study's precision. Raises Interrupted after SIGTERM or SIGINT; the next call goes on from
    there. What the orphan of a killed Snakemake has finished is taken over. Only one process may
    make a base at a time.
    """
    started = time.monotonic()
    base = Path(settings["model"]["base"])
    splits = [folder / f"{name}.parquet" for folder in data_dirs for name in _SPLITS]
    code = digest(SCRIPTS / "fine_tune_seen.py", family=settings["model"]["family"], numbers=True)
    code_and_data = fingerprint(settings, [*splits, base], code)
    checkpoints = CheckpointFolder(out.with_name(f"{out.name}.checkpoint"), code_and_data)
    if take_over([out], code_and_data) is not None:
        checkpoints.delete()
        return
    trainer, processor, tried = _train(settings, data_dirs, checkpoints)
    with whole_folder(out) as part:
        trainer.model.to(PRECISIONS[settings["precision"]]).save_pretrained(part)
        processor.save_pretrained(part)
        write_text(part / "loss.csv", loss_csv(trainer.state.log_history))
        record = {
            "settings": dict(settings),
            "micro_batch_sizes": tried,
            "steps": trainer.state.global_step,
            "total_seconds": time.monotonic() - started,
            "peak_memory_bytes": peak_memory_bytes(),
            "peak_gpu_memory_bytes": peak_gpu_memory_bytes(),
            "fingerprint": code_and_data,
            "provenance": provenance(),
        }
        write_json(part / BASE, record)
    checkpoints.delete()


_SPLITS = ("train", "validation")


def _train(
    settings: Settings, data_dirs: Sequence[Path], checkpoints: CheckpointFolder
) -> tuple[FineTuner, Any, list[int]]:
    """Train, after running out of memory with smaller micro-batches; trainer, processor, sizes."""
    tried = Tried(checkpoints.path / "micro_batch.json")
    while True:
        try:
            model, processor, family = load_base(settings["model"])
            train_whole(model, family)
            with StopRequest() as stop:
                base = model, processor, family
                trainer = _trainer(settings, data_dirs, base, checkpoints, stop, tried)
                train_on(trainer, checkpoints.latest(), stop)
            return trainer, processor, tried.sizes
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            if not tried.halve(settings["batch_size"], f"out of memory: {error}"):
                sizes = ", ".join(map(str, tried.sizes)) or "any"
                raise MemoryError(
                    f"no memory for the full fine-tuning with {sizes} samples at a time: {error}"
                ) from error
        # Nothing of the attempt may be left when its memory is to be given back.
        model = processor = family = base = trainer = None
        free_memory()


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


def _trainer(
    settings: Settings,
    data_dirs: Sequence[Path],
    base: tuple[PreTrainedModel, Any, Family],
    checkpoints: CheckpointFolder,
    stop: StopRequest,
    tried: Tried,
) -> FineTuner:
    model, processor, family = base
    encoders = [
        Encoder(
            processor,
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
            for folder, encoder in zip(data_dirs, encoders, strict=True)
        ]
        for split in _SPLITS
    )
    if settings.get("gradient_checkpointing"):
        model.activation_checkpointing_enable({"use_reentrant": False})
    if not tried.sizes:
        tried.add(micro_batch_of(settings, model, train))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    group = {"lr": settings["learning_rate"], "weight_decay": settings["weight_decay"]}
    return FineTuner(
        model,
        training_arguments(settings, checkpoints.path, tried.sizes[-1]),
        groups=[{"name": "all", "params": trained, **group}],
        schedule=settings["schedule"],
        train_rows=_Mixture(train),
        validation_rows=_Mixture(validation),
        pad_token_id=processor.tokenizer.pad_token_id,
        order_seed=settings["seeds"]["order"],
        callbacks=[Saving(checkpoints, stop)],
    )
