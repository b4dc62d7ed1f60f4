"""The training items of a stage, each drawn from its own seed: random access, nothing stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from mmpeft.batching import Encoder, collate
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.registry import DATASETS
from mmpeft.models.family import Family
from mmpeft.models.mini.curriculum import draw_conversation
from mmpeft.models.mini.recipe import SEEN_MIXTURE, SEEN_ROWS, Stage
from mmpeft.models.mini.sight import draw_picture

SeenRow = tuple[str, Mapping[str, Any]]  # name of the dataset, canonical row


@dataclass(frozen=True)
class Drawn(Dataset):
    """`size` items; item `index` is `draw` of a generator seeded with (seed, index)."""

    draw: Callable[[np.random.Generator], Any]
    size: int
    seed: int

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Any:
        return self.draw(np.random.default_rng([self.seed, index]))


class SeenRows(Dataset):
    """The first training rows of the seen datasets, in turn."""

    def __len__(self) -> int:
        return len(SEEN_MIXTURE) * SEEN_ROWS

    def __getitem__(self, index: int) -> SeenRow:
        name = SEEN_MIXTURE[index % len(SEEN_MIXTURE)]
        return name, generate_row(name, "train", index // len(SEEN_MIXTURE))


class SeenCollator:
    """Rows of several datasets to one batch, encoded as for fine-tuning."""

    def __init__(self, processor, family: Family) -> None:
        self.encoders = {
            name: Encoder(processor, family, DATASETS[name], with_answer=True)
            for name in SEEN_MIXTURE
        }
        self.pad_token_id = processor.tokenizer.pad_token_id

    def __call__(self, rows: Sequence[SeenRow]) -> dict[str, Tensor]:
        examples = [self.encoders[name]([row])[0] for name, row in rows]
        return collate(examples, self.pad_token_id, side="right")


def stage_data(stage: Stage) -> Dataset:
    """The data of a stage: `Picture`s, `Conversation`s or `SeenRow`s."""
    if stage.data == "seen":
        return SeenRows()
    size = stage.steps * stage.batch_size
    if stage.data == "sight":
        return Drawn(draw_picture, size, stage.seed)
    mixture = stage.data
    return Drawn(lambda rng: draw_conversation(rng, mixture), size, stage.seed)
