import math

import pytest
import torch

from mmpeft.models.qwen_vl.language import (
    RMSNorm,
    eager_attention,
    logn_scale,
    ntk_alpha,
    rotary_tables,
    rotate,
)
from tiny_qwen_vl import tiny_model


@pytest.mark.parametrize(
    ("length", "alpha"),
    [(1, 1), (2048, 1), (2049, 3), (4096, 3), (4097, 7), (8192, 7), (8193, 15)],
)
def test_ntk_alpha_steps_at_doublings(length, alpha):
    assert ntk_alpha(torch.tensor([length]), 2048).tolist() == [alpha]


def test_logn_scale_starts_beyond_the_trained_length():
    positions = torch.tensor([[0, 2047, 2048, 4095]])
    expected = [1.0, 1.0, math.log(2049, 2048), math.log(4096, 2048)]
    found = logn_scale(positions, 2048, torch.float64)
    torch.testing.assert_close(found.flatten().tolist(), expected)


def test_rotation_depends_on_distance_only():
    query, key = torch.randn(2, 1, 1, 1, 16).double()

    def score(i: int, j: int) -> torch.Tensor:
        at = [rotary_tables(torch.tensor([[p]]), 10000.0, 16, torch.float64) for p in (i, j)]
        return (rotate(query, *at[0]) * rotate(key, *at[1])).sum()

    torch.testing.assert_close(score(9, 4), score(25, 20), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(
        rotate(query, *rotary_tables(torch.tensor([[0]]), 1e4, 16, query.dtype)), query
    )


def test_rows_may_have_their_own_base():
    positions = torch.arange(5)[None].expand(2, 5)
    cos, _ = rotary_tables(positions, torch.tensor([10000.0, 30000.0]), 8, torch.float32)
    for row, base in enumerate((10000.0, 30000.0)):
        torch.testing.assert_close(
            cos[row : row + 1], rotary_tables(positions[:1], base, 8, torch.float32)[0]
        )


def test_rms_norm_by_hand():
    norm = RMSNorm(4, eps=1e-6)
    norm.weight.data = torch.tensor([1.0, 2.0, 3.0, 4.0])
    hidden = torch.tensor([[1.0, -1.0, 2.0, 0.0]])
    torch.testing.assert_close(
        norm(hidden), hidden / math.sqrt(1.5) * norm.weight, rtol=1e-5, atol=0
    )


def test_eager_attention_equals_sdpa():
    query, key, value = torch.randn(3, 2, 4, 5, 8)
    mask = torch.zeros(1, 1, 5, 5).masked_fill(~torch.ones(5, 5).tril().bool(), -torch.inf)
    found, weights = eager_attention(None, query, key, value, mask, scaling=8**-0.5)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    torch.testing.assert_close(found.transpose(1, 2), expected)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 4, 5))


def test_eager_model_equals_sdpa_and_gives_its_attentions(batch):
    inputs = batch("left")
    expected = tiny_model()(**inputs).logits
    eager = tiny_model()
    eager.set_attn_implementation("eager")
    found = eager(**inputs, output_attentions=True, output_hidden_states=True)
    kept = inputs["attention_mask"].bool()
    torch.testing.assert_close(found.logits[kept], expected[kept], rtol=1e-4, atol=1e-4)
    assert len(found.attentions) == 3
    assert len(found.hidden_states) == 4
