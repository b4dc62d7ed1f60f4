"""Answers of a model: greedy, in batches, the same whatever the batch size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel

from mmpeft.batching import Encoder, Row, collate, slices
from mmpeft.datasets.registry import DatasetSpec
from mmpeft.models.family import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers in the order of their rows, and the tokens that they took together.

    input_tokens: of the prompts, image tokens included. generated_tokens: of the answers, each
    with the token that ends it, if it ended before the length limit. Padding counts nowhere.
    """

    texts: list[str]
    input_tokens: int
    generated_tokens: int


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
    surrounding space. The model is left in evaluation mode.
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
    order = sorted(
        range(len(rows)), key=lambda i: (rows[i]["image"] is None, len(spec.prompt(rows[i])))
    )
    answers = [""] * len(rows)
    read = generated = 0
    model.eval()
    for indices in slices(order, batch_size):
        batch = collate(encode([rows[i] for i in indices]), tokenizer.pad_token_id, side="left")
        del batch["labels"]
        inputs = {name: value.to(model.device) for name, value in batch.items()}
        with torch.inference_mode():
            tokens = model.generate(**inputs, generation_config=greedy)
        said = [_until(ids, end) for ids in tokens[:, batch["input_ids"].shape[1] :].tolist()]
        read += batch["attention_mask"].sum().item()
        generated += sum(map(len, said))
        without_end = [[token for token in ids if token != end] for ids in said]
        texts = tokenizer.batch_decode(without_end, skip_special_tokens=True)
        for index, text in zip(indices, texts, strict=True):
            answers[index] = text.strip()
    return Answers(texts=answers, input_tokens=read, generated_tokens=generated)


def _until(ids: list[int], end: int) -> list[int]:
    """The tokens up to the first `end`, which is among them."""
    return ids[: ids.index(end) + 1] if end in ids else ids
