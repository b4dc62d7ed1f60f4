"""From dataset rows to model inputs: encode each row once, then pad rows into batches.

Letters: B batch, T tokens, I images, C x H x W pixels. A text-only row has no pixels; a batch may
mix both kinds, and the pixel values of a batch are those of its image rows in order. Processors of
some families give more than pixel values, see `Example`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmpeft.datasets.registry import DatasetSpec
from mmpeft.datasets.schema import decode_image
from mmpeft.models.family import Family

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
    """One encoded row.

    `input_ids`, `labels`: [T] int64. `images`: what the model reads beside them of the row's
    images, by name, each [I or patches, ...]; `pixel_values` is [I, C, H, W] in most families. It
    is empty for a text-only row. `of_tokens`: further inputs [T], by name.
    """

    input_ids: Tensor
    labels: Tensor
    images: Inputs
    of_tokens: Inputs = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        tensors = (self.input_ids, self.labels, *self.images.values(), *self.of_tokens.values())
        return sum(tensor.nbytes for tensor in tensors)


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
        chat = self.family.chat
        prompts = [chat.prompt(self.spec.prompt(row), row["image"] is not None) for row in rows]
        texts, answer_lengths = prompts, [0] * len(rows)
        if self.with_answer:
            answers = [chat.answer(self.spec.target(row)) for row in rows]
            texts = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
            answer_lengths = self._answer_lengths(prompts, texts)
        process = self._together if self.family.image_by_image else self._one_by_one
        return [
            self._example(row, *inputs, answer=length)
            for row, inputs, length in zip(rows, process(rows, texts), answer_lengths, strict=True)
        ]

    def _together(
        self, rows: Sequence[Row], texts: list[str]
    ) -> Iterator[tuple[Tensor, Inputs, Inputs]]:
        """Token ids [T], image inputs and further inputs of tokens of each row, by one call."""
        images = [decode_image(row["image"]) for row in rows if row["image"] is not None]
        encoded = self.processor(text=texts, images=images or None)
        pixels = iter(torch.from_numpy(np.stack(encoded["pixel_values"])) if images else ())
        for row, ids in zip(rows, encoded["input_ids"], strict=True):
            seen = {"pixel_values": next(pixels).unsqueeze(0)} if row["image"] is not None else {}
            yield torch.tensor(ids), seen, {}

    def _one_by_one(
        self, rows: Sequence[Row], texts: list[str]
    ) -> Iterator[tuple[Tensor, Inputs, Inputs]]:
        """The same by a call for each row, for whatever a processor gives."""
        for row, text in zip(rows, texts, strict=True):
            images = None if row["image"] is None else [decode_image(row["image"])]
            encoded = dict(self.processor(text=[text], images=images, return_tensors="pt"))
            ids, mask = encoded.pop("input_ids"), encoded.pop("attention_mask")
            if not mask.all():
                raise ValueError(f"{self.spec.name}: the processor pads row {row['id']!r}")
            of_tokens = {k: v.squeeze(0) for k, v in encoded.items() if v.shape == ids.shape}
            of_images = {k: v for k, v in encoded.items() if k not in of_tokens}
            yield ids.squeeze(0), of_images, of_tokens

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

    def _example(
        self, row: Row, ids: Tensor, images: Inputs, of_tokens: Inputs, *, answer: int
    ) -> Example:
        if self.max_length is not None and len(ids) > self.max_length:
            raise ValueError(
                f"{self.spec.name}: row {row['id']!r} has {len(ids)} tokens, over {self.max_length}"
            )
        labels = torch.full_like(ids, IGNORED)
        labels[len(ids) - answer :] = ids[len(ids) - answer :]
        return Example(ids, labels, images, of_tokens)


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
    pixels = [example.images["pixel_values"] for example in examples if example.images]
    seen = iter(features(torch.cat(pixels)).split([*map(len, pixels)]) if pixels else ())
    return [
        replace(example, images={"pixel_values": next(seen)}) if example.images else example
        for example in examples
    ]


def collate(examples: Sequence[Example], pad_token_id: int, side: str) -> Inputs:
    """Pad examples into one batch: right for training, left for generation.

    Returns input_ids, attention_mask, labels [B, T], further inputs of tokens [B, T], zero where a
    row has none, and, if a row has images, their inputs in the order of the rows. Image inputs that
    differ in size are padded with zeros at their ends; models with such processors look past them.
    """
    length = max(len(example.input_ids) for example in examples)
    batch = {
        "input_ids": torch.full((len(examples), length), pad_token_id),
        "attention_mask": torch.zeros((len(examples), length), dtype=torch.long),
        "labels": torch.full((len(examples), length), IGNORED),
    }
    for name in {name for example in examples for name in example.of_tokens}:
        batch[name] = torch.zeros((len(examples), length), dtype=torch.long)
    for row, example in enumerate(examples):
        size = len(example.input_ids)
        place = slice(0, size) if side == "right" else slice(length - size, length)
        batch["input_ids"][row, place] = example.input_ids
        batch["attention_mask"][row, place] = 1
        batch["labels"][row, place] = example.labels
        for name, values in example.of_tokens.items():
            batch[name][row, place] = values
    for name in dict.fromkeys(name for example in examples for name in example.images):
        batch[name] = _joined([e.images[name] for e in examples if name in e.images])
    return batch


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """Parts one after the other; axes but the first that differ get the largest size."""
    sizes = [max(axis) for axis in zip(*(part.shape[1:] for part in parts), strict=True)]
    return torch.cat([_padded(part, sizes) for part in parts])


def _padded(part: Tensor, sizes: Sequence[int]) -> Tensor:
    """Zeros at the ends of all axes but the first, up to `sizes`."""
    if list(part.shape[1:]) == list(sizes):
        return part
    padded = part.new_zeros(part.shape[0], *sizes)
    padded[(slice(None), *map(slice, part.shape[1:]))] = part
    return padded


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
