"""Answers of a model: greedy, in batches, the same whatever the batch size."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel

from mmpeft.batch_sizes import halvings
from mmpeft.batching import Encoder, Inputs, Row, collate
from mmpeft.datasets.registry import DatasetSpec
from mmpeft.memory import free_memory, out_of_memory
from mmpeft.models.family import Family

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers in the order of their rows, and the tokens that they took together.

    input_tokens: of the prompts, image tokens included. generated_tokens: of the answers, each
    with the token that ends it, if it ended before the length limit. Padding counts nowhere.
    batch_sizes: rows at a time, as tried.
    """

    texts: list[str]
    input_tokens: int
    generated_tokens: int
    batch_sizes: list[int]


def predict(
    model: PreTrainedModel,
    processor: Any,
    family: Family,
    rows: Sequence[Row],
    spec: DatasetSpec,
    batch_size: int,
) -> Answers:
    """Let `model`, with or without an adapter, answer the prompt of each row.

    Greedy decoding up to the end token of the family or `spec.max_new_tokens`. Rows of similar
    length share a batch, padded on the left; the answers come back in the order of `rows`, without
    surrounding space. What is left when memory runs out goes on with half as many rows at a time;
    after three sizes raises MemoryError. The model is left in evaluation mode.
    """
    encode = Encoder(processor, family, spec, with_answer=False)
    tokenizer = processor.tokenizer
    end = tokenizer.convert_tokens_to_ids(family.chat.answer_end)
    greedy = GenerationConfig(
        do_sample=False,
        max_new_tokens=spec.max_new_tokens,
        eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id,
    )
    left = sorted(
        range(len(rows)), key=lambda i: (rows[i]["image"] is None, len(spec.prompt(rows[i])))
    )
    answers = [""] * len(rows)
    read = generated = 0
    model.eval()
    sizes, tried = [*halvings(batch_size, batch_size)], []
    for size in sizes:
        tried.append(size)
        try:
            while left:
                indices = left[:size]
                examples = encode([rows[i] for i in indices])
                batch = collate(examples, tokenizer.pad_token_id, side="left")
                said = [_until(ids, end) for ids in _generated(model, batch, greedy)]
                read += batch["attention_mask"].sum().item()
                generated += sum(map(len, said))
                without_end = [[token for token in ids if token != end] for ids in said]
                texts = tokenizer.batch_decode(without_end, skip_special_tokens=True)
                for index, text in zip(indices, texts, strict=True):
                    answers[index] = text.strip()
                left = left[size:]
            break
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            if size == sizes[-1]:
                all_tried = ", ".join(map(str, tried))
                raise MemoryError(f"{all_tried} rows at a time: {error}") from error
            _logger.warning("out of memory with %d rows at a time: %s", size, error)
        free_memory()
    return Answers(texts=answers, input_tokens=read, generated_tokens=generated, batch_sizes=tried)


def _generated(model: PreTrainedModel, batch: Inputs, how: GenerationConfig) -> list[list[int]]:
    """Tokens after the prompt of each row, up to the end of the longest answer."""
    inputs = {name: value.to(model.device) for name, value in batch.items() if name != "labels"}
    with torch.inference_mode():
        tokens = model.generate(**inputs, generation_config=how)
    return tokens[:, batch["input_ids"].shape[1] :].tolist()


def _until(ids: list[int], end: int) -> list[int]:
    """The tokens up to the first `end`, which is among them."""
    return ids[: ids.index(end) + 1] if end in ids else ids
