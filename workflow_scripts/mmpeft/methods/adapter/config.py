"""What a saved bottleneck adapter must say about itself."""

from dataclasses import dataclass

from peft import PeftConfig

from mmpeft.methods.adapter.peft_type import BOTTLENECK

INITIALISATIONS = ("zero", "normal")


@dataclass
class BottleneckConfig(PeftConfig):
    """Serial bottlenecks around linear maps, chosen by two regular expressions over module names.

    target_modules: every adapted map. after_modules: those among them whose output goes through
    the bottleneck; the others have it on their input. size: width of the bottleneck. dropout: on
    the bottleneck's input. initialisation: `zero` starts at the base model, `normal` is N(0, 0.02)
    everywhere as in the paper's released code, which does not.

    peft fills every field by keyword when it reads a folder, hence the defaults, which no caller
    may rely on: values out of range raise ValueError.
    """

    target_modules: str | None = None
    after_modules: str | None = None
    size: int = 0
    dropout: float = 0.0
    initialisation: str = "zero"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = BOTTLENECK
        for name in ("target_modules", "after_modules"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be a regular expression, got {getattr(self, name)}")
        if self.size < 1:
            raise ValueError(f"size of the adapter must be >= 1, got {self.size}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout of the adapter must be in [0, 1), got {self.dropout}")
        if self.initialisation not in INITIALISATIONS:
            raise ValueError(
                f"initialisation of the adapter must be one of {', '.join(INITIALISATIONS)}, "
                f"got {self.initialisation}"
            )
