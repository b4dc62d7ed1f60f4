"""From dataset rows to model inputs: encode each row once, then pad rows into batches.

Letters: B batch, T tokens, I images, C x H x W pixels. A text-only row has no pixels; a batch may
mix both kinds, and the pixel values of a batch are those of its image rows in order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmpeft.datasets.registry import DatasetSpec
from mmpeft.datasets.schema import decode_image
from mmpeft.models.families import Family

# Label of a position that no loss is taken on, as in torch's cross entropy.
IGNORED = -100

# A data set whose encoded form is larger is encoded anew in each epoch.
KEPT_BYTES = 512 * 2**20

# Rows whose images go through a frozen visual encoder at once.
SEEN_TOGETHER = 32

Row = Mapping[str, Any]
Inputs = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Example:
    """One encoded row. `input_ids`, `labels`: [T] int64; `pixel_values`: [I, C, H, W] or None."""

    input_ids: Tensor
    labels: Tensor
    pixel_values: Tensor | None

    @property
    def nbytes(self) -> int:
        pixels = 0 if self.pixel_values is None else self.pixel_values.nbytes
        return self.input_ids.nbytes + self.labels.nbytes + pixels


class Encoder:
    """Turns rows of one dataset into examples for one model.

    `with_answer` appends the training answer and its end token, which alone get labels; without it
    an example ends where the model is to continue. Rows longer than `max_length` tokens, the
    expanded image included, raise ValueError.
    """

    def __init__(
        self,
        processor: Any,
        family: Family,
        spec: DatasetSpec,
        *,
        with_answer: bool,
        max_length: int | None = None,
    ) -> None:
        self.processor = processor
        self.family = family
        self.spec = spec
        self.with_answer = with_answer
        self.max_length = max_length

    def __call__(self, rows: Sequence[Row]) -> list[Example]:
        prompts = [self.family.chat(self.spec.prompt(r), r["image"] is not None) for r in rows]
        images = [decode_image(row["image"]) for row in rows if row["image"] is not None]
        texts, answer_lengths = prompts, [0] * len(rows)
        if self.with_answer:
            answers = [self.family.answer(self.spec.target(row)) for row in rows]
            texts = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
            answer_lengths = self._answer_lengths(prompts, texts)
        encoded = self.processor(text=texts, images=images or None)
        pixels = iter(torch.from_numpy(np.stack(encoded["pixel_values"])) if images else ())
        return [
            self._example(row, ids, length, next(pixels) if row["image"] is not None else None)
            for row, ids, length in zip(rows, encoded["input_ids"], answer_lengths, strict=True)
        ]

    def _answer_lengths(self, prompts: list[str], texts: list[str]) -> list[int]:
        """Tokens of each answer. The prompt's tokens must stay the same when the answer follows.

        Otherwise training would condition on other tokens than scoring does.
        """
        tokenize = self.processor.tokenizer
        lengths = []
        for prompt, text, short, long in zip(
            prompts,
            texts,
            tokenize(prompts)["input_ids"],
            tokenize(texts)["input_ids"],
            strict=True,
        ):
            if long[: len(short)] != short or len(long) == len(short):
                raise ValueError(f"tokens of the prompt {prompt!r} change or end with {text!r}")
            lengths.append(len(long) - len(short))
        return lengths

    def _example(self, row: Row, ids: list[int], answer: int, pixels: Tensor | None) -> Example:
        if self.max_length is not None and len(ids) > self.max_length:
            raise ValueError(
                f"{self.spec.name}: row {row['id']!r} has {len(ids)} tokens, over {self.max_length}"
            )
        input_ids = torch.tensor(ids)
        labels = torch.full_like(input_ids, IGNORED)
        labels[len(ids) - answer :] = input_ids[len(ids) - answer :]
        return Example(input_ids, labels, None if pixels is None else pixels.unsqueeze(0))


class EncodedRows(Dataset):
    """Rows as examples, encoded a batch at a time when first asked for and kept while they fit."""

    def __init__(self, rows: Sequence[Row], encoder: Encoder, kept_bytes: int = KEPT_BYTES) -> None:
        self.rows = rows
        self.encoder = encoder
        self._free_bytes = kept_bytes
        self._kept: dict[int, Example] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Example:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Example]:
        """Examples of several rows; torch's loader asks for a whole batch this way."""
        missing = [index for index in indices if index not in self._kept]
        fresh = dict(
            zip(missing, self.encoder([self.rows[i] for i in missing]), strict=True)
            if missing
            else ()
        )
        for index, example in fresh.items():
            if example.nbytes <= self._free_bytes:
                self._free_bytes -= example.nbytes
                self._kept[index] = example
        return [fresh[index] if index in fresh else self._kept[index] for index in indices]

    def with_features(self, features: Callable[[Tensor], Tensor]) -> "EncodedRows | None":
        """The same rows, all encoded, with `features` of their images in the place of pixels.

        None if they would not fit. Which images are seen together does not depend on the order of
        reading, so a run that is continued gets the same numbers.
        """
        kept: dict[int, Example] = {}
        total = 0
        for indices in slices(range(len(self.rows)), SEEN_TOGETHER):
            examples = self.encoder([self.rows[index] for index in indices])
            kept.update(zip(indices, _seen(examples, features), strict=True))
            total += sum(kept[index].nbytes for index in indices)
            # The rows are much alike: the first tell what all will need.
            if total / len(kept) * len(self.rows) > self._free_bytes:
                return None
        seen = EncodedRows(self.rows, self.encoder, kept_bytes=0)
        seen._kept = kept
        return seen


def _seen(examples: Sequence[Example], features: Callable[[Tensor], Tensor]) -> list[Example]:
    pixels = [e.pixel_values for e in examples if e.pixel_values is not None]
    images = iter(features(torch.cat(pixels)).split([*map(len, pixels)]) if pixels else ())
    return [
        example if example.pixel_values is None else replace(example, pixel_values=next(images))
        for example in examples
    ]


def collate(examples: Sequence[Example], pad_token_id: int, side: str) -> Inputs:
    """Pad examples into one batch: right for training, left for generation.

    Returns input_ids, attention_mask, labels [B, T] and, if a row has images, pixel_values
    [I, C, H, W] in the order of the rows.
    """
    length = max(len(example.input_ids) for example in examples)
    batch = {
        "input_ids": torch.full((len(examples), length), pad_token_id),
        "attention_mask": torch.zeros((len(examples), length), dtype=torch.long),
        "labels": torch.full((len(examples), length), IGNORED),
    }
    for row, example in enumerate(examples):
        size = len(example.input_ids)
        place = slice(0, size) if side == "right" else slice(length - size, length)
        batch["input_ids"][row, place] = example.input_ids
        batch["attention_mask"][row, place] = 1
        batch["labels"][row, place] = example.labels
    if pixels := [e.pixel_values for e in examples if e.pixel_values is not None]:
        batch["pixel_values"] = torch.cat(pixels)
    return batch


def subset(rows: Sequence[Row], size: int, seed: int) -> list[Row]:
    """First `size` rows of a permutation by `seed`, so that smaller subsets lie within larger ones.

    Raises ValueError if there are fewer rows.
    """
    if size > len(rows):
        raise ValueError(f"asked for {size} training samples, the data set has {len(rows)}")
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    return [rows[index] for index in order[:size].tolist()]


def slices(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut `items` into consecutive pieces of `size`; the last may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
