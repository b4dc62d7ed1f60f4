import pytest
import torch

import tiny_models
import tiny_runs
from mmpeft.batching import Encoder, collate
from mmpeft.datasets.registry import DATASETS
from mmpeft.training.trainer import EpochOrder, answer_loss
from tiny_models import FAMILIES


def batch(family, rows):
    encode = Encoder(
        tiny_models.processor(family),
        FAMILIES[family],
        DATASETS[tiny_runs.DATASET],
        with_answer=True,
    )
    return collate(encode(rows), pad_token_id=0, side="right")


@pytest.mark.parametrize("family", tiny_models.FAMILY_NAMES)
def test_the_loss_is_that_of_the_full_logits(family):
    model, inputs = tiny_models.model(family), batch(family, tiny_runs.rows("train", 6))
    total, tokens = answer_loss(model, inputs)
    assert tokens == 2 * 6
    # float32: only the order of sums differs
    torch.testing.assert_close(total / tokens, model(**inputs).loss, rtol=1e-5, atol=1e-6)


def test_the_head_runs_only_before_answer_tokens():
    model, inputs = tiny_models.model("llava"), batch("llava", tiny_runs.rows("train", 6))
    widths = []
    model.lm_head.register_forward_hook(lambda head, args, out: widths.append(out.shape[1]))
    answer_loss(model, inputs)
    assert widths[0] < inputs["input_ids"].shape[1] / 2


def test_padding_does_not_change_the_loss():
    model, rows = tiny_models.model("llava"), tiny_runs.rows("train", 6)
    together = answer_loss(model, batch("llava", rows))[0]
    alone = sum(answer_loss(model, batch("llava", [row]))[0] for row in rows)
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)


def test_an_order_depends_on_seed_and_epoch_alone():
    def drawn(seed, epoch):
        order = EpochOrder(20, seed)
        order.set_epoch(epoch)
        torch.manual_seed(seed * 31 + epoch)
        return list(order)

    assert sorted(drawn(1, 0)) == list(range(20))
    assert drawn(1, 0) == drawn(1, 0)
    assert len({tuple(drawn(seed, epoch)) for seed in (1, 2) for epoch in (0, 1)}) == 4
    torch.manual_seed(99)
    assert list(EpochOrder(20, 1)) == drawn(1, 0)
