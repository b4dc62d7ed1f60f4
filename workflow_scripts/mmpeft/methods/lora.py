"""LoRA: a low-rank update beside every linear map (Hu et al., arXiv:2106.09685)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from peft import LoraConfig, PeftConfig

from mmpeft.methods.method import CAUSAL_LM, LocatedMethod
from mmpeft.models.family import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora(LocatedMethod):
    """size: rank. alpha: numerator of the scale alpha / rank. dropout: on the update's input."""

    name: ClassVar[str] = "lora"

    size: int
    alpha: float
    dropout: float

    def peft_config(self, family: Family, config: Any) -> PeftConfig:
        return LoraConfig(
            task_type=CAUSAL_LM,
            target_modules=family.module_pattern(family.targets(self.location, self.name)),
            r=self.size,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            bias="none",
        )

    def parameters(self, family: Family, config: Any) -> int:
        language = family.language_shape(config)
        targets = family.targets(self.location, self.name)
        ends = sum(sum(linear.shape(language)) for linear in targets)
        return language.layers * self.size * ends
