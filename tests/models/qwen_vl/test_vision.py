import pytest
import torch

from mmpeft.models.qwen_vl.vision import interpolate_positions, sincos_positions
from tiny_qwen_vl import QUERIES, tiny_model


def test_interpolation_to_the_same_grid_changes_nothing():
    table = torch.randn(16, 6)
    assert interpolate_positions(table, 16) is table


@pytest.mark.parametrize("count", [4, 25, 49, 64])
def test_interpolation_keeps_constants_and_swaps_with_transposition(count):
    side = int(count**0.5)
    constant = torch.full((16, 3), 2.5)
    torch.testing.assert_close(interpolate_positions(constant, count), torch.full((count, 3), 2.5))
    table = torch.randn(4, 4, 3)
    resized = interpolate_positions(table.reshape(16, 3), count).reshape(side, side, 3)
    turned = interpolate_positions(table.transpose(0, 1).reshape(16, 3), count)
    torch.testing.assert_close(turned.reshape(side, side, 3), resized.transpose(0, 1))


def test_interpolation_of_a_ramp_is_the_ramp_inside():
    ramp = torch.arange(16.0).repeat(16, 1).reshape(256, 1)
    fine = interpolate_positions(ramp, 1024).reshape(32, 32)
    # Cell centres are aligned, not corners: the two halves of a cell lie evenly around its value.
    halves = fine[10, 4:-4].reshape(-1, 2)
    torch.testing.assert_close(halves.mean(1), torch.arange(2.0, 14.0))
    torch.testing.assert_close(
        halves[:, 1] - halves[:, 0], torch.full((12,), 0.5), rtol=0, atol=0.1
    )


def test_interpolation_keeps_the_dtype_and_passes_gradients():
    table = torch.randn(16, 2, dtype=torch.bfloat16, requires_grad=True)
    fine = interpolate_positions(table, 36)
    assert fine.dtype == torch.bfloat16
    fine.float().sum().backward()
    assert table.grad.abs().min() > 0


def test_positions_must_form_a_grid():
    with pytest.raises(ValueError, match="square grid, got 12"):
        interpolate_positions(torch.randn(16, 2), 12)


def test_sincos_positions_by_hand():
    table = sincos_positions(8, 3).reshape(3, 3, 8)
    row, column = 2, 1
    frequencies = torch.tensor([1.0, 0.01])
    expected = torch.cat(
        [f(x * frequencies) for x in (column, row) for f in (torch.sin, torch.cos)]
    )
    torch.testing.assert_close(table[row, column], expected)


def test_any_multiple_of_the_patch_size_is_seen(model):
    tower = model.transformer.visual
    for side in (12, 24, 42):
        tokens = tower(torch.randn(2, 3, side, side))
        assert tokens.shape == (2, QUERIES, 32)
        assert torch.isfinite(tokens).all()


def test_images_do_not_influence_each_other(model):
    pixels = torch.randn(3, 3, 24, 24)
    tokens = model.transformer.visual(pixels)
    torch.testing.assert_close(model.transformer.visual(pixels[1:2]), tokens[1:2])


def test_oblong_pixels_are_refused(model):
    with pytest.raises(ValueError, match="side, side"):
        model.transformer.visual(torch.randn(1, 3, 24, 30))


def test_fixed_positions_never_get_a_gradient(model):
    pool = model.transformer.visual.attn_pool
    for module in (pool, model):
        module.requires_grad_(False)
        module.requires_grad_(True)
        assert not pool.pos_embed.requires_grad
        assert pool.query.requires_grad
    pool.pos_embed.requires_grad = True
    model.transformer.visual(torch.randn(1, 3, 24, 24)).square().sum().backward()
    assert pool.pos_embed.grad is None
    assert pool.query.grad.abs().max() > 0


def test_equal_widths_need_no_projection():
    pool = tiny_model(visual={"width": 32}).transformer.visual.attn_pool
    assert not any(name.startswith("kv_proj") for name, _ in pool.named_parameters())
