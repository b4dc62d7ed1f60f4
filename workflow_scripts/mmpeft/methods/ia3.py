"""IA3: learned vectors that scale activations (Liu et al., arXiv:2205.05638)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from peft import IA3Config, PeftConfig

from mmpeft.methods.method import CAUSAL_LM, LocatedMethod
from mmpeft.models.family import Family, Linear


@dataclass(frozen=True, slots=True, kw_only=True)
class Ia3(LocatedMethod):
    """Scales keys and values (attention) and the input of the last map of the MLP.

    A model that fuses queries, keys and values has the output of its attention scaled instead,
    as in the paper's released code.
    """

    name: ClassVar[str] = "ia3"

    def _targets(self, family: Family) -> tuple[Linear, ...]:
        return tuple(linear for linear in family.targets(self.location, self.name) if linear.ia3)

    def peft_config(self, family: Family, config: Any) -> PeftConfig:
        targets = self._targets(family)
        feed_forward = [linear for linear in targets if linear.ia3 == "input"]
        return IA3Config(
            task_type=CAUSAL_LM,
            target_modules=family.module_pattern(targets),
            feedforward_modules=family.module_pattern(feed_forward) if feed_forward else [],
        )

    def parameters(self, family: Family, config: Any) -> int:
        language = family.language_shape(config)
        widths = (
            linear.shape(language)[0 if linear.ia3 == "input" else 1]
            for linear in self._targets(family)
        )
        return language.layers * sum(widths)
