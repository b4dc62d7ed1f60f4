"""What every PEFT method offers; one subclass per method, next to its closed formula."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from peft import PeftConfig, TaskType

from mmpeft.models.family import Family, Location

CAUSAL_LM = TaskType.CAUSAL_LM
LOCATIONS = ("attn", "mlp", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(ABC):
    """A method with its size and options, checked on construction (ValueError)."""

    name: ClassVar[str]

    def __post_init__(self) -> None:
        size, dropout = getattr(self, "size", 1), getattr(self, "dropout", 0.0)
        if type(size) is not int or size < 1:
            raise ValueError(f"size of {self.name} must be a whole number >= 1, got {size}")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout of {self.name} must be in [0, 1), got {dropout}")

    @abstractmethod
    def peft_config(self, family: Family, config: Any) -> PeftConfig:
        """peft's configuration for a model of `family` with the given model config."""

    @abstractmethod
    def parameters(self, family: Family, config: Any) -> int:
        """Closed formula of the scalars this method trains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedMethod(Method):
    """A method that sits at linear maps: those of the attention, of the MLP, or of both."""

    location: Location

    def __post_init__(self) -> None:
        Method.__post_init__(self)
        if self.location not in LOCATIONS:
            raise ValueError(
                f"location of {self.name} must be one of {', '.join(LOCATIONS)}, "
                f"got {self.location}"
            )
