"""Vision transformer and cross-attention resampler of Qwen-VL (arXiv:2308.12966, sec. 2.1).

Module names are the original checkpoint's key names. Shapes: I images, P patches, Q queries,
W width of the ViT, D width of the language model, H heads.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers.modeling_layers import GradientCheckpointingLayer

from .configuration import QwenVLVisualConfig

NORM_EPS = 1e-6  # all LayerNorms of the visual part; not a key of the original config


def grid_side(count: int) -> int:
    """Side of the square grid with `count` cells. Raises ValueError if there is none."""
    side = math.isqrt(count)
    if side * side != count:
        raise ValueError(f"positions must form a square grid, got {count}")
    return side


def interpolate_positions(table: Tensor, count: int) -> Tensor:
    """Bicubic resize of a square grid of positions, [N, C] -> [count, C], in float32 inside.

    The same tensor is returned if the grid has that size already.
    """
    if table.shape[0] == count:
        return table
    source, target = grid_side(table.shape[0]), grid_side(count)
    grid = table.float().reshape(1, source, source, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=(target, target), mode="bicubic", align_corners=False)
    return grid.permute(0, 2, 3, 1).reshape(count, -1).to(table.dtype)


def sincos_positions(width: int, side: int) -> Tensor:
    """Fixed 2-D positions [side * side, width], float32, row by row.

    Each half of the channels is the 1-D encoding (sines, then cosines, base 10000;
    arXiv:1706.03762, sec. 3.5) of one coordinate: the column first, then the row.
    """
    frequencies = 10000.0 ** (-torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    angles = torch.arange(side, dtype=torch.float64)[:, None] * frequencies
    line = torch.cat([angles.sin(), angles.cos()], dim=1)
    column = line[None, :, :].expand(side, side, -1)
    row = line[:, None, :].expand(side, side, -1)
    return torch.cat([column, row], dim=2).reshape(side * side, width).float()


class VisualAttention(nn.Module):
    """Full self-attention of the ViT; `in_proj` holds query, key and value head by head."""

    def __init__(self, config: QwenVLVisualConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.in_proj = nn.Linear(config.width, 3 * config.width)
        self.out_proj = nn.Linear(config.width, config.width)
        self.out_proj.residual_branches = 2 * config.layers  # read at initialisation

    def forward(self, hidden: Tensor) -> Tensor:
        """[I, P, W] -> [I, P, W]."""
        images, patches, width = hidden.shape
        mixed = self.in_proj(hidden).view(images, patches, self.heads, -1)  # [I, P, H, 3 * W / H]
        query, key, value = mixed.transpose(1, 2).chunk(3, dim=-1)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.out_proj(mixed.transpose(1, 2).reshape(images, patches, width))


class VisualMLP(nn.Module):
    """Feed-forward layer of the ViT with exact GELU."""

    def __init__(self, config: QwenVLVisualConfig) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.width, config.mlp_width)
        self.c_proj = nn.Linear(config.mlp_width, config.width)
        self.c_proj.residual_branches = 2 * config.layers  # read at initialisation

    def forward(self, hidden: Tensor) -> Tensor:
        """[I, P, W] -> [I, P, W]."""
        return self.c_proj(F.gelu(self.c_fc(hidden)))


class VisualBlock(GradientCheckpointingLayer):
    """Pre-norm transformer block."""

    def __init__(self, config: QwenVLVisualConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.width, eps=NORM_EPS)
        self.attn = VisualAttention(config)
        self.ln_2 = nn.LayerNorm(config.width, eps=NORM_EPS)
        self.mlp = VisualMLP(config)

    def forward(self, hidden: Tensor) -> Tensor:
        """[I, P, W] -> [I, P, W]."""
        hidden = hidden + self.attn(self.ln_1(hidden))
        return hidden + self.mlp(self.ln_2(hidden))


class VisualBlocks(nn.Module):
    """The stack of blocks."""

    def __init__(self, config: QwenVLVisualConfig) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(VisualBlock(config) for _ in range(config.layers))

    def forward(self, hidden: Tensor) -> Tensor:
        """[I, P, W] -> [I, P, W]."""
        for block in self.resblocks:
            hidden = block(hidden)
        return hidden


class CrossAttention(nn.Module):
    """Multi-head attention with the parameter names of `torch.nn.MultiheadAttention`."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """query: [Q, D], shared by all images; key, value: [I, P, D]. Returns [I, Q, D]."""
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        heads = (
            F.linear(source, weight, bias).unflatten(-1, (self.heads, -1)).transpose(-3, -2)
            for source, weight, bias in zip((query, key, value), weights, biases, strict=True)
        )
        query, key, value = heads
        query = query.expand(key.shape[0], -1, -1, -1)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.out_proj(mixed.transpose(1, 2).flatten(2))


class Resampler(nn.Module):
    """Learned queries that attend once to all patches: the connector of Qwen-VL.

    `pos_embed` is stored in checkpoints and counts as a parameter, but is fixed: it never receives
    a gradient, and `requires_grad_` on this module leaves it off.
    """

    def __init__(self, config: QwenVLVisualConfig) -> None:
        super().__init__()
        width = config.output_dim
        self.query = nn.Parameter(torch.empty(config.n_queries, width))
        self.pos_embed = nn.Parameter(torch.empty(config.n_queries, width), requires_grad=False)
        # The original has no key here when the widths agree.
        same = config.width == width
        self.kv_proj = nn.Identity() if same else nn.Linear(config.width, width, bias=False)
        self.attn = CrossAttention(width, config.resampler_heads)
        self.ln_q = nn.LayerNorm(width, eps=NORM_EPS)
        self.ln_kv = nn.LayerNorm(width, eps=NORM_EPS)

    def requires_grad_(self, requires_grad: bool = True) -> Resampler:
        """Switch gradients of everything but the fixed positions."""
        super().requires_grad_(requires_grad)
        self.pos_embed.requires_grad_(False)
        return self

    def forward(self, patches: Tensor) -> Tensor:
        """[I, P, W] -> [I, Q, D]."""
        positions = self.pos_embed.detach()
        value = self.ln_kv(self.kv_proj(patches))
        key = value + interpolate_positions(positions, value.shape[1])
        return self.attn(self.ln_q(self.query) + positions, key, value)


class VisionTower(nn.Module):
    """Pixels to image tokens: ViT without class token, resampler, norm and output projection.

    With `reads_features` it takes the output of its `patch_features` in place of pixels.
    """

    def __init__(self, config: QwenVLVisualConfig) -> None:
        super().__init__()
        self.reads_features = False
        self.conv1 = nn.Conv2d(
            3, config.width, kernel_size=config.patch_size, stride=config.patch_size, bias=False
        )
        self.positional_embedding = nn.Parameter(torch.empty(config.position_count, config.width))
        self.ln_pre = nn.LayerNorm(config.width, eps=NORM_EPS)
        self.transformer = VisualBlocks(config)
        self.attn_pool = Resampler(config)
        self.ln_post = nn.LayerNorm(config.output_dim, eps=NORM_EPS)
        self.proj = nn.Parameter(torch.empty(config.output_dim, config.output_dim))

    def forward(self, pixel_values: Tensor) -> Tensor:
        """[I, 3, side, side], normalised as for CLIP -> image tokens [I, Q, D]."""
        patches = pixel_values if self.reads_features else self.patch_features(pixel_values)
        return self.ln_post(self.attn_pool(patches)) @ self.proj

    def patch_features(self, pixel_values: Tensor) -> Tensor:
        """[I, 3, side, side] -> what the resampler reads, [I, P, W].

        Any side that is a multiple of the patch size works. Raises ValueError if not square.
        """
        if pixel_values.dim() != 4 or pixel_values.shape[-1] != pixel_values.shape[-2]:
            raise ValueError(
                f"pixel_values must be [images, 3, side, side], got {list(pixel_values.shape)}"
            )
        patches = self.conv1(pixel_values.to(self.conv1.weight.dtype)).flatten(2).transpose(1, 2)
        patches = patches + interpolate_positions(self.positional_embedding, patches.shape[1])
        return self.transformer(self.ln_pre(patches))
