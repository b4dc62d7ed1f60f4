"""Adapter: a bottleneck in series with linear maps (Houlsby et al., arXiv:1902.00751)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from peft import PeftConfig

from mmpeft.methods.adapter import BottleneckConfig
from mmpeft.methods.method import CAUSAL_LM, LocatedMethod
from mmpeft.models.family import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter(LocatedMethod):
    """size: width of the bottleneck. Before q, k, v, gate and up; after o and down.

    Each map has a bottleneck of its own, as in the paper's released code.
    """

    name: ClassVar[str] = "adapter"

    size: int
    dropout: float
    initialisation: Literal["zero", "normal"] = "zero"

    def peft_config(self, family: Family, config: Any) -> PeftConfig:
        targets = family.targets(self.location, self.name)
        return BottleneckConfig(
            task_type=CAUSAL_LM,
            target_modules=family.module_pattern(targets),
            after_modules=family.module_pattern(t for t in targets if t.adapter == "after"),
            size=self.size,
            dropout=self.dropout,
            initialisation=self.initialisation,
        )

    def parameters(self, family: Family, config: Any) -> int:
        language = family.language_shape(config)
        widths = (
            linear.shape(language)[0 if linear.adapter == "before" else 1]
            for linear in family.targets(self.location, self.name)
        )
        return language.layers * 2 * self.size * sum(widths)
