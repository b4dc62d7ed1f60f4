from dataclasses import replace

import pytest
import torch

import tiny_models
import tiny_runs
from mmpeft.batching import Encoder
from mmpeft.datasets.registry import DATASETS
from mmpeft.inference import predict
from tiny_models import FAMILIES

SPEC = replace(DATASETS[tiny_runs.DATASET], max_new_tokens=6)
ROWS = tiny_runs.rows("test", 16)


def answers(family, **changes):
    return answered(family, **changes).texts


def answered(family, rows=ROWS, batch_size=4, spec=SPEC, model=None):
    return predict(
        model or tiny_models.model(family),
        tiny_models.processor(family),
        FAMILIES[family],
        rows,
        spec,
        batch_size,
    )


@pytest.mark.parametrize("family", tiny_models.FAMILY_NAMES)
def test_answers_do_not_depend_on_the_batch_size_or_the_company(family):
    expected = answers(family, batch_size=1)
    assert len(set(expected)) > 1
    assert answers(family, batch_size=7) == expected
    assert answers(family, batch_size=64) == expected
    assert answers(family, rows=ROWS[::-1]) == expected[::-1]


def test_an_answer_ends_at_the_token_limit():
    short = answers("llava", spec=replace(SPEC, max_new_tokens=2))
    long = answers("llava")
    assert max(len(text.split()) for text in short) <= 2
    assert all(b.startswith(a) for a, b in zip(short, long, strict=True))


@pytest.mark.parametrize("family", tiny_models.FAMILY_NAMES)
def test_an_answer_ends_before_the_end_token(family):
    model = tiny_models.model(family)
    end = tiny_models.tokenizer(family).convert_tokens_to_ids([FAMILIES[family].chat.answer_end])
    assert any(answers(family, model=model))
    # From here on the head prefers the end token everywhere, so that only empty answers are left.
    head = model.get_output_embeddings()
    head.register_forward_hook(lambda module, args, out: out.index_fill(2, torch.tensor(end), 1e9))
    empty = answered(family, model=model)
    assert empty.texts == [""] * len(ROWS)
    assert empty.generated_tokens == len(ROWS)


def test_text_only_rows_alone_are_answered():
    rows = [row for row in ROWS if row["image"] is None]
    together = answers("qwen_vl")
    told = [text for text, row in zip(together, ROWS, strict=True) if row["image"] is None]
    assert answers("qwen_vl", rows=rows) == told


@pytest.mark.parametrize("family", tiny_models.FAMILY_NAMES)
def test_tokens_are_counted_without_padding(family):
    encode = Encoder(tiny_models.processor(family), FAMILIES[family], SPEC, with_answer=False)
    expected = sum(len(example.input_ids) for example in encode(ROWS))
    one, many = (answered(family, batch_size=size) for size in (1, 16))
    assert one.input_tokens == many.input_tokens == expected
    assert one.generated_tokens == many.generated_tokens
    short = answered(family, spec=replace(SPEC, max_new_tokens=1))
    assert short.generated_tokens == len(ROWS)
    words = sum(len(text.split()) for text in one.texts)
    assert words <= one.generated_tokens <= len(ROWS) * SPEC.max_new_tokens
