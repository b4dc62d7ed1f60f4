"""What each PEFT method can vary: the one table that decides which grid cells are legal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Location = Literal["attn", "mlp", "both"]
SizeKind = Literal["bottleneck", "rank", "virtual_tokens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Axes and options of one method.

    `size` is the meaning of its size (None: it has none), `size_tag` the letter before the size in
    a run id, `options` the study keys that only some methods understand.
    """

    label: str
    size: SizeKind | None
    size_tag: str
    has_location: bool
    options: frozenset[str]

    @property
    def study_keys(self) -> tuple[str, ...]:
        """Every key that `methods.<name>` of a study must give, sorted."""
        keys = {"learning_rate", *self.options}
        if self.size is not None:
            keys.add("size")
        if self.has_location:
            keys.add("location")
        return tuple(sorted(keys))


# Order and labels as in the paper's tables.
CAPABILITIES: Mapping[str, Capability] = {
    "adapter": Capability(
        label="Adapter",
        size="bottleneck",
        size_tag="b",
        has_location=True,
        options=frozenset({"dropout"}),
    ),
    "lora": Capability(
        label="LoRA",
        size="rank",
        size_tag="r",
        has_location=True,
        options=frozenset({"dropout", "alpha_per_rank"}),
    ),
    "ia3": Capability(
        label="IA3",
        size=None,
        size_tag="",
        has_location=True,
        options=frozenset(),
    ),
    "prefix": Capability(
        label="Prefix",
        size="virtual_tokens",
        size_tag="t",
        has_location=False,
        options=frozenset(),
    ),
}
