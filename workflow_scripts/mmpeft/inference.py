"""Answers of a model: greedy, in batches, the same whatever the batch size."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel

from mmpeft.batching import Encoder, Row, collate, slices
from mmpeft.datasets.registry import DatasetSpec
from mmpeft.models.families import Family


def predict(
    model: PreTrainedModel,
    processor: Any,
    family: Family,
    rows: Sequence[Row],
    spec: DatasetSpec,
    batch_size: int,
) -> list[str]:
    """Let `model`, with or without an adapter, answer the prompt of each row.

    Greedy decoding up to the end token of the family or `spec.max_new_tokens`. Rows of similar
    length share a batch, padded on the left; the answers come back in the order of `rows`, without
    surrounding space. The model is left in evaluation mode.
    """
    encode = Encoder(processor, family, spec, with_answer=False)
    tokenizer = processor.tokenizer
    end = tokenizer.convert_tokens_to_ids(family.answer_end)
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
    model.eval()
    for indices in slices(order, batch_size):
        batch = collate(encode([rows[i] for i in indices]), tokenizer.pad_token_id, side="left")
        del batch["labels"]
        inputs = {name: value.to(model.device) for name, value in batch.items()}
        with torch.inference_mode():
            tokens = model.generate(**inputs, generation_config=greedy)
        said = tokens[:, batch["input_ids"].shape[1] :].tolist()
        texts = tokenizer.batch_decode([_until(ids, end) for ids in said], skip_special_tokens=True)
        for index, text in zip(indices, texts, strict=True):
            answers[index] = text.strip()
    return answers


def _until(ids: list[int], end: int) -> list[int]:
    return ids[: ids.index(end)] if end in ids else ids
