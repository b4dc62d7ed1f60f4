"""Decoder blocks of Qwen-VL's language model (Qwen-7B, arXiv:2309.16609, sec. 2.2-2.3).

Module names are the original checkpoint's key names. Shapes: B batch, T new tokens, S all tokens
(cached and new), D width, H heads, C channels of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers.cache_utils import Cache
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from .configuration import QwenVLConfig


def ntk_alpha(lengths: Tensor, seq_length: int) -> Tensor:
    """Dynamic-NTK factor for sequences of these lengths: 1 up to `seq_length`, then 3, 7, 15, ...

    It is 2^ceil(log2(length / seq_length) + 1) - 1, so it steps up at every doubling.
    lengths: [B] int. Returns [B] float64.
    """
    ratio = lengths.double().clamp(min=1) / seq_length
    return (2 ** torch.ceil(torch.log2(ratio) + 1) - 1).clamp(min=1)


def rotary_tables(
    position_ids: Tensor, base: float | Tensor, channels: int, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Cosines and sines [B, 1, T, C] of the rotary positions (arXiv:2104.09864).

    position_ids: [B, T] int. base: one number, or [B] if rows differ. Angles are float32.
    """
    exponents = torch.arange(0, channels, 2, device=position_ids.device).float() / channels
    if isinstance(base, Tensor):
        base = base.float()[:, None]
    angles = position_ids[:, :, None].float() * (1.0 / base**exponents).reshape(
        -1, 1, channels // 2
    )
    angles = torch.cat([angles, angles], dim=-1)[:, None]
    return angles.cos().to(dtype), angles.sin().to(dtype)


def rotate(states: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (channel i, channel i + C/2) by its angle. [B, H, T, C] -> [B, H, T, C]."""
    first, second = states.chunk(2, dim=-1)
    return states * cos + torch.cat([-second, first], dim=-1) * sin


def logn_scale(position_ids: Tensor, seq_length: int, dtype: torch.dtype) -> Tensor:
    """Query factor log_L(n) of the n-th token beyond L = `seq_length`, 1 before (arXiv:2309.16609).

    position_ids: [B, T] int. Returns [B, 1, T, 1].
    """
    count = (position_ids + 1).clamp(min=seq_length).double()
    scale = count.log() / torch.tensor(seq_length, dtype=torch.float64).log().item()
    return scale.to(dtype)[:, None, :, None]


def eager_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    **kwargs,
) -> tuple[Tensor, Tensor]:
    """Plain attention that also returns its weights. query: [B, H, T, C] -> [B, T, H, C]."""
    scores = query @ key.transpose(-1, -2) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = scores.softmax(dim=-1, dtype=torch.float32).to(query.dtype)
    return (weights @ value).transpose(1, 2), weights


class RMSNorm(nn.Module):
    """Root-mean-square norm (arXiv:1910.07467), in float32 inside."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, hidden: Tensor) -> Tensor:
        """Same shape and dtype out as in."""
        normed = F.rms_norm(hidden.float(), hidden.shape[-1:], eps=self.eps)
        return normed.to(hidden.dtype) * self.weight


class QwenVLAttention(nn.Module):
    """Causal self-attention; `c_attn` projects to query, key and value, in this order."""

    is_causal = True
    num_key_value_groups = 1  # read by the attention functions of transformers

    def __init__(self, config: QwenVLConfig, layer_idx: int) -> None:
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.heads = config.num_attention_heads
        self.scaling = config.kv_channels**-0.5
        width = config.num_attention_heads * config.kv_channels
        self.c_attn = nn.Linear(config.hidden_size, 3 * width, bias=True)
        self.c_proj = nn.Linear(width, config.hidden_size, bias=not config.no_bias)
        self.c_proj.residual_branches = 2 * config.num_hidden_layers  # read at initialisation

    def forward(
        self,
        hidden: Tensor,
        attention_mask: Tensor | None,
        rotary: tuple[Tensor, Tensor],
        query_scale: Tensor | None,
        past_key_values: Cache | None,
        **kwargs,
    ) -> tuple[Tensor, Tensor | None]:
        """[B, T, D] -> [B, T, D] and the weights [B, H, T, S] if the attention function gives them.

        rotary: see `rotary_tables`; query_scale: see `logn_scale`. Keys are cached rotated.
        """
        states = self.c_attn(hidden).unflatten(-1, (3, self.heads, -1))
        query, key, value = (part.transpose(1, 2) for part in states.unbind(2))
        query, key = rotate(query, *rotary), rotate(key, *rotary)
        if query_scale is not None:
            query = query * query_scale
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self.layer_idx)
        attend = ALL_ATTENTION_FUNCTIONS.get_interface(
            self.config._attn_implementation, eager_attention
        )
        mixed, weights = attend(
            self, query, key, value, attention_mask, scaling=self.scaling, dropout=0.0, **kwargs
        )
        return self.c_proj(mixed.flatten(2)), weights


class QwenVLMLP(nn.Module):
    """Gated feed-forward layer, c_proj(w1(x) * silu(w2(x)))."""

    def __init__(self, config: QwenVLConfig) -> None:
        super().__init__()
        width, bias = config.intermediate_size // 2, not config.no_bias
        self.w1 = nn.Linear(config.hidden_size, width, bias=bias)
        self.w2 = nn.Linear(config.hidden_size, width, bias=bias)
        self.c_proj = nn.Linear(width, config.hidden_size, bias=bias)
        self.c_proj.residual_branches = 2 * config.num_hidden_layers  # read at initialisation

    def forward(self, hidden: Tensor) -> Tensor:
        """[B, T, D] -> [B, T, D]."""
        return self.c_proj(self.w1(hidden) * F.silu(self.w2(hidden)))


class QwenVLBlock(GradientCheckpointingLayer):
    """Pre-norm decoder block."""

    def __init__(self, config: QwenVLConfig, layer_idx: int) -> None:
        super().__init__()
        self.ln_1 = RMSNorm(config.hidden_size, config.layer_norm_epsilon)
        self.attn = QwenVLAttention(config, layer_idx)
        self.ln_2 = RMSNorm(config.hidden_size, config.layer_norm_epsilon)
        self.mlp = QwenVLMLP(config)

    def forward(self, hidden: Tensor, **attention_inputs) -> Tensor:
        """[B, T, D] -> [B, T, D]. attention_inputs go to the attention unchanged."""
        hidden = hidden + self.attn(self.ln_1(hidden), **attention_inputs)[0]
        return hidden + self.mlp(self.ln_2(hidden))
