"""Prefix-Tuning: learned keys and values before the first token (Li & Liang, arXiv:2101.00190)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from peft import PeftConfig, PrefixTuningConfig

from mmpeft.methods.method import CAUSAL_LM, Method
from mmpeft.models.family import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix(Method):
    """size: virtual tokens, in every layer, before the first token and before the image.

    prefix_projection: whether an MLP as wide as the keys computes them in training; the keys and
    values alone are saved. The paper's parameter count (0.074 %) has none, its released LLaVA
    trainer does. Real tokens get positions from `size` on; the prefix has no rotary phase. peft
    refuses gradient checkpointing with this method. Models with positions of several axes
    (`mrope_section`) compute them from tokens alone and take no prefix: ValueError.
    """

    name: ClassVar[str] = "prefix"

    size: int
    prefix_projection: bool = False

    def peft_config(self, family: Family, config: Any) -> PeftConfig:
        language = family.language_shape(config)
        if "mrope_section" in (getattr(config.get_text_config(), "rope_parameters", None) or {}):
            raise ValueError(
                f"prefix-tuning does not work with {config.model_type}: its multi-axis positions "
                "(mrope_section) leave no place for a prefix"
            )
        return PrefixTuningConfig(
            task_type=CAUSAL_LM,
            num_virtual_tokens=self.size,
            num_layers=language.layers,
            token_dim=language.key_value,
            num_attention_heads=language.key_value_heads,
            prefix_projection=self.prefix_projection,
        )

    def parameters(self, family: Family, config: Any) -> int:
        language = family.language_shape(config)
        width, out = language.key_value, language.layers * 2 * language.key_value
        if self.prefix_projection:
            return self.size * width + width * (width + 1) + (width + 1) * out
        return self.size * out
