"""Configuration of Qwen-VL (arXiv:2308.12966); the defaults are Qwen-VL-Chat at full size.

Field names are those of the original `config.json`, so that file's values can be passed unchanged.
"""

from __future__ import annotations

import math
from typing import ClassVar

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig


@strict
class QwenVLVisualConfig(PreTrainedConfig):
    """Vision transformer and resampler.

    `position_count` is the size of the ViT's learned position table (a square grid, interpolated to
    the patch grid); the original always stores 256. `resampler_heads` defaults to one head per 128
    channels, as in the original. Image ids: `image_start_id` opens an image, the next id closes it,
    the one after fills the `n_queries` positions between.
    """

    model_type = "qwen_vl_visual"
    base_config_key = "visual"

    image_size: int = 448
    patch_size: int = 14
    width: int = 1664
    heads: int = 16
    layers: int = 48
    mlp_ratio: float | int = 4.9231
    output_dim: int = 4096
    n_queries: int = 256
    image_start_id: int = 151857
    position_count: int = 256
    resampler_heads: int | None = None

    def __post_init__(self, **kwargs) -> None:
        if self.resampler_heads is None:
            self.resampler_heads = max(self.output_dim // 128, 1)
        super().__post_init__(**kwargs)

    def validate_architecture(self) -> None:
        """Raise ValueError for sizes that cannot be built."""
        if self.image_size % self.patch_size:
            raise ValueError(
                f"visual.image_size must be a multiple of visual.patch_size ({self.patch_size}), "
                f"got {self.image_size}"
            )
        for key in ("n_queries", "position_count"):
            value = getattr(self, key)
            if value < 1 or math.isqrt(value) ** 2 != value:
                raise ValueError(f"visual.{key} must be a square number (a grid), got {value}")
        if self.width % self.heads:
            raise ValueError(
                f"visual.heads must divide visual.width ({self.width}), got {self.heads}"
            )
        if self.output_dim % self.resampler_heads or self.output_dim % 4:
            raise ValueError(
                "visual.output_dim must be a multiple of 4 and of visual.resampler_heads "
                f"({self.resampler_heads}), got {self.output_dim}"
            )

    @property
    def mlp_width(self) -> int:
        """Hidden width of the ViT's feed-forward layers (8192 for ratio 4.9231 of 1664)."""
        return int(self.width * self.mlp_ratio)


@strict
class QwenVLConfig(PreTrainedConfig):
    """Language model, plus `visual`.

    `intermediate_size` counts w1 and w2 together, so each has half of it. `seq_length` is the
    length trained with; dynamic NTK and log-n attention act beyond it, at inference only. `no_bias`
    removes all biases of the language model but that of `c_attn`.
    """

    model_type = "qwen_vl"
    keys_to_ignore_at_inference: ClassVar = ["past_key_values"]
    sub_configs_defaults: ClassVar = {"visual": QwenVLVisualConfig}
    attribute_map: ClassVar = {
        "head_dim": "kv_channels",
        "num_key_value_heads": "num_attention_heads",
    }

    vocab_size: int = 151936
    hidden_size: int = 4096
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    kv_channels: int = 128
    intermediate_size: int = 22016
    layer_norm_epsilon: float = 1e-6
    rotary_emb_base: float | int = 10000
    seq_length: int = 2048
    max_position_embeddings: int = 8192
    use_dynamic_ntk: bool = True
    use_logn_attn: bool = True
    no_bias: bool = True
    initializer_range: float = 0.02
    use_cache: bool = True
    tie_word_embeddings: bool = False
    pad_token_id: int | None = None
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | None = None
    visual: dict | PreTrainedConfig | None = None

    def validate_architecture(self) -> None:
        """Raise ValueError for sizes that cannot be built."""
        if self.visual.output_dim != self.hidden_size:
            raise ValueError(
                f"visual.output_dim must equal hidden_size ({self.hidden_size}), "
                f"got {self.visual.output_dim}"
            )
        if self.seq_length < 2:
            raise ValueError(f"seq_length must be at least 2, got {self.seq_length}")
        if self.intermediate_size % 2:
            raise ValueError(f"intermediate_size must be even, got {self.intermediate_size}")
        if self.kv_channels % 2:
            raise ValueError(f"kv_channels must be even, got {self.kv_channels}")
        if self.image_token_id >= self.vocab_size:
            raise ValueError(
                f"visual.image_start_id must be at most vocab_size - 3 ({self.vocab_size - 3}), "
                f"got {self.visual.image_start_id}"
            )

    @property
    def image_start_id(self) -> int:
        """Id that opens an image, `<img>`."""
        return self.visual.image_start_id

    @property
    def image_end_id(self) -> int:
        """Id that closes an image, `</img>`."""
        return self.visual.image_start_id + 1

    @property
    def image_token_id(self) -> int:
        """Id of the placeholders that image tokens replace."""
        return self.visual.image_start_id + 2
