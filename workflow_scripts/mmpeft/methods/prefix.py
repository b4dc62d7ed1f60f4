"""Prefix-Tuning: learned keys and values before the first token (Li & Liang, arXiv:2101.00190)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from peft import PeftConfig, PrefixTuningConfig

from mmpeft.methods.method import CAUSAL_LM, Method
from mmpeft.models.families import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix(Method):
    """size: virtual tokens, in every layer, before the first token and before the image.

    Without re-parametrisation: the paper's parameter count (0.074 %) has none, although its
    released LLaVA trainer does. Real tokens get positions from `size` on; the prefix has no
    rotary phase. peft refuses gradient checkpointing with this method.
    """

    name: ClassVar[str] = "prefix"

    size: int

    def peft_config(self, family: Family, config: Any) -> PeftConfig:
        language = family.language_shape(config)
        return PrefixTuningConfig(
            task_type=CAUSAL_LM,
            num_virtual_tokens=self.size,
            num_layers=language.layers,
            token_dim=language.key_value,
            num_attention_heads=language.key_value_heads,
            prefix_projection=False,
        )

    def parameters(self, family: Family, config: Any) -> int:
        language = family.language_shape(config)
        return self.size * language.layers * 2 * language.key_value
