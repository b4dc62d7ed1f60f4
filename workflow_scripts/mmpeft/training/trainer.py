"""The transformers Trainer with this benchmark's loss, parameter groups, order and checkpoints."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import Sampler
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    get_scheduler,
)

from mmpeft.batching import IGNORED, EncodedRows, Inputs, collate, slices
from mmpeft.training.schedules import LOGARITHMIC_WARMUP, logarithmic_warmup

# Of each step: prompts with their image tokens, and answers with the tokens that end them.
TOKEN_KINDS = ("input", "answer")

_TRAINED = "trained.safetensors"


class NonFiniteLoss(ArithmeticError):
    """The loss became NaN or infinite."""


class EpochOrder(Sampler[int]):
    """A new permutation of `size` rows for each epoch, drawn from (seed, epoch) alone."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[int]:
        # Epochs are far fewer than 100,000, so no two (seed, epoch) share a generator.
        generator = torch.Generator().manual_seed(100_000 * self.seed + self.epoch)
        return iter(torch.randperm(self.size, generator=generator).tolist())


def answer_loss(model: nn.Module, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Sum of the cross entropy over the answer tokens of a batch, and their number.

    inputs: as `collate` makes them, [B, T]. The head runs only on positions before an answer token
    of some row, as it is most of the work where the vocabulary is large.
    """
    labels = inputs["labels"]
    before = (labels[:, 1:] != IGNORED).any(dim=0).nonzero().squeeze(1)
    rest = {name: value for name, value in inputs.items() if name != "labels"}
    logits = model(**rest, logits_to_keep=before, use_cache=False).logits
    wanted = labels[:, before + 1]
    total = cross_entropy(
        logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return total, (wanted != IGNORED).sum()


class FineTuner(Trainer):
    """Trains the parameters of `groups`, as torch optimisers take them, on encoded rows.

    schedule: a name that transformers knows, or `logarithmic_warmup`.
    The loss is the mean over the answer tokens of a global batch, or of the validation split.
    """

    def __init__(
        self,
        model: nn.Module,
        arguments: TrainingArguments,
        *,
        groups: Sequence[dict[str, Any]],
        schedule: str,
        train_rows: EncodedRows,
        validation_rows: EncodedRows,
        pad_token_id: int,
        order_seed: int,
        callbacks: Sequence[TrainerCallback],
    ) -> None:
        super().__init__(
            model,
            arguments,
            data_collator=partial(collate, pad_token_id=pad_token_id, side="right"),
            train_dataset=train_rows,
            eval_dataset=validation_rows,
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        self.groups = groups
        self.schedule = schedule
        self.order_seed = order_seed
        self.tokens = dict.fromkeys(TOKEN_KINDS, 0)
        # Both say that `compute_loss` divides by the answer tokens of the global batch itself.
        self.model_accepts_loss_kwargs = True
        self.loss_is_scaled_for_ga = True

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        if self.optimizer is None:
            kind, options = self.get_optimizer_cls_and_kwargs(self.args, self.model)
            self.optimizer = kind(self.groups, **options)
        return self.optimizer

    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> LRScheduler:
        if self.lr_scheduler is None:
            optimizer = self.optimizer if optimizer is None else optimizer
            warmup = self.args.get_warmup_steps(num_training_steps)
            if self.schedule == LOGARITHMIC_WARMUP:
                self.lr_scheduler = logarithmic_warmup(optimizer, warmup)
            else:
                self.lr_scheduler = get_scheduler(
                    self.schedule, optimizer, warmup, num_training_steps
                )
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        return EpochOrder(len(self.train_dataset), self.order_seed)

    def training_step(self, model: nn.Module, inputs: Inputs, *args: Any, **kwargs: Any) -> Tensor:
        """One forward and backward pass; counts its tokens for the log."""
        answer = (inputs["labels"] != IGNORED).sum().item()
        self.tokens["answer"] += answer
        self.tokens["input"] += inputs["attention_mask"].sum().item() - answer
        return super().training_step(model, inputs, *args, **kwargs)

    def compute_loss(
        self,
        model: nn.Module,
        inputs: Inputs,
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        total, tokens = answer_loss(model, inputs)
        return total / (tokens if num_items_in_batch is None else num_items_in_batch)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Measure the validation loss and log it."""
        self.model.eval()
        total, tokens = 0.0, 0
        with torch.no_grad():
            for indices in slices(range(len(self.eval_dataset)), self.args.eval_batch_size):
                batch = self.data_collator(self.eval_dataset.__getitems__(indices))
                loss, count = answer_loss(self.model, self._prepare_inputs(batch))
                total, tokens = total + loss.item(), tokens + count.item()
        metrics = {"eval_loss": total / tokens}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log, with the tokens of a training step; raises NonFiniteLoss where it is due.

        Checkpoints hold the log, so that a run which continues from one has counted everything.
        """
        if "loss" in logs:
            logs |= {f"{kind}_tokens": number for kind, number in self.tokens.items()}
            self.tokens = dict.fromkeys(TOKEN_KINDS, 0)
        super().log(logs, start_time)
        for name in ("loss", "eval_loss"):
            if not math.isfinite(logs.get(name, 0.0)):
                raise NonFiniteLoss(f"{name} is {logs[name]} at step {self.state.global_step}")

    def floating_point_ops(self, inputs: Inputs) -> int:
        """Return 0: the default walks over all parameters in each step; FLOPs are counted apart."""
        return 0

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """Save every trained tensor, the connector included, for a checkpoint."""
        folder = Path(output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        save_file({n: p.detach().contiguous() for n, p in self._trained()}, folder / _TRAINED)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        saved = load_file(Path(resume_from_checkpoint) / _TRAINED)
        trained = dict(self._trained())
        if saved.keys() != trained.keys():
            odd = sorted(saved.keys() ^ trained.keys())
            raise ValueError(f"checkpoint {resume_from_checkpoint} does not fit: {odd[:5]}")
        with torch.no_grad():
            for name, parameter in trained.items():
                parameter.copy_(saved[name])

    def _trained(self) -> Iterator[tuple[str, nn.Parameter]]:
        return ((n, p) for n, p in self.model.named_parameters() if p.requires_grad)
