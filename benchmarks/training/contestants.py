"""The same fine-tuning done by this benchmark, by transformers' Trainer and by TRL's SFTTrainer.

Each takes the same base, PEFT method, trained parameters, batches of the same size, optimiser,
schedule and precision. The alternatives are written as the examples of their libraries are.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainingArguments

from datasets import Dataset, Image
from mmpeft.batching import subset
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import read_rows
from mmpeft.methods import attach
from mmpeft.models.loading import load_base
from mmpeft.training import fine_tune, run

Settings = Mapping[str, Any]


def ours(settings: Settings, data: Path, out: Path) -> float:
    """Seconds of the training loop of a run, the features of a frozen encoder included."""
    return fine_tune(settings, data, out)["seconds"]


def ours_without_features(settings: Settings, data: Path, out: Path) -> float:
    """The same computation as the others: the visual encoder runs in every step."""
    run.see_images_once = lambda trainer: None
    return ours(settings, data, out)


def trainer(settings: Settings, data: Path, out: Path) -> float:
    """Seconds of transformers' Trainer with a collator as in the documentation of its models."""
    model, processor, rows = _prepare(settings, data)

    def collate(examples: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        texts = [example["prompt"] + example["completion"] for example in examples]
        images = [example["images"][0] for example in examples]
        batch = processor(text=texts, images=images, return_tensors="pt", padding=True)
        labels = batch["input_ids"].clone()
        labels[labels == processor.tokenizer.pad_token_id] = -100
        batch["labels"] = labels
        return batch

    arguments = TrainingArguments(**_arguments(settings, out))
    return _seconds(Trainer(model, arguments, data_collator=collate, train_dataset=rows).train)


def trl(settings: Settings, data: Path, out: Path) -> float:
    """Seconds of TRL's SFTTrainer with its collator for images."""
    from trl import SFTConfig, SFTTrainer

    model, processor, rows = _prepare(settings, data)
    arguments = SFTConfig(
        **_arguments(settings, out),
        max_length=None,
        gradient_checkpointing=False,
        bf16=False,
    )
    tuner = SFTTrainer(model, arguments, train_dataset=rows, processing_class=processor)
    return _seconds(tuner.train)


CONTESTANTS: Mapping[str, Callable[[Settings, Path, Path], float]] = {
    function.__name__: function for function in (ours, ours_without_features, trainer, trl)
}


def _prepare(settings: Settings, data: Path) -> tuple[Any, Any, Dataset]:
    spec = DATASETS[settings["dataset"]["name"]]
    base, processor, family = load_base(settings["model"], settings["precision"])
    chosen = read_rows(data / "train.parquet")
    chosen = subset(chosen, settings["train_samples"], settings["seeds"]["subset"])
    rows = Dataset.from_list(
        [
            {
                "prompt": family.chat.prompt(spec.prompt(row), has_image=True),
                "completion": family.chat.answer(spec.target(row)),
                "images": [{"bytes": row["image"], "path": None}],
            }
            for row in chosen
        ]
    )
    return attach(base, family, settings), processor, rows.cast_column("images", [Image()])


def _arguments(settings: Settings, out: Path) -> dict[str, Any]:
    return {
        "output_dir": str(out),
        "num_train_epochs": settings["epochs"],
        "per_device_train_batch_size": settings["batch_size"],
        "learning_rate": settings["learning_rate"],
        "lr_scheduler_type": settings["schedule"],
        "warmup_steps": settings["warmup_ratio"],
        "weight_decay": settings["weight_decay"],
        "optim": "adamw_torch",
        "seed": settings["seeds"]["order"],
        "save_strategy": "no",
        "logging_steps": 1,
        "report_to": "none",
        "disable_tqdm": True,
        "remove_unused_columns": False,
        "dataloader_pin_memory": False,
    }


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun
