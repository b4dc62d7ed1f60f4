"""What the benchmark must know about a model family: names and sizes of its modules, its chat.

Nothing here imports torch. Names are those of the base model, before any PEFT method is attached.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mmpeft.models.chats import Chat

Location = Literal["attn", "mlp", "both"]
# method -> location -> paths of the linear maps that it takes there
Variant = Mapping[str, Mapping[Location, tuple[str, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageShape:
    """Sizes of a language model; the attributes are the dimension names that `Linear` uses."""

    layers: int
    hidden: int
    query: int
    key_value: int
    key_value_heads: int
    feed_forward: int

    @property
    def fused(self) -> int:
        """Output width of one projection to queries, keys and values."""
        return self.query + 2 * self.key_value


@dataclass(frozen=True, slots=True)
class Linear:
    """One linear map of a decoder layer and what each PEFT method does with it.

    adapter: where the bottleneck sits. ia3: what the learned vector scales (None: IA3 leaves this
    map alone). LoRA takes every map. fan_in, fan_out: names of `LanguageShape` attributes, for the
    closed formulas; declared models have none.
    """

    path: str
    location: Literal["attn", "mlp"]
    adapter: Literal["before", "after"]
    ia3: Literal["input", "output"] | None = None
    fan_in: str = ""
    fan_out: str = ""

    def shape(self, language: LanguageShape) -> tuple[int, int]:
        """(in, out) features."""
        return getattr(language, self.fan_in), getattr(language, self.fan_out)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a model: the full names of its parameters as a regular expression, and their count.

    parameters: closed formula of the model's config; a declared model has none.
    """

    pattern: str
    parameters: Callable[[Any], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of multimodal models.

    decoder_layer: regular expression over full module names. connectors: by name, the default one
    first; `connector` is the name of that in use. A parameter of the connector is never one of the
    visual encoder. idle_visual: expression of the visual parameters that no output depends on, from
    the model's config. variants: other choices of the linear maps that methods take, by name;
    `chosen` says which method takes which. chats: names of those that fit; chat: that in use, None
    where the processor's own is read when it is loaded. image_by_image: whether the processor gives
    one pixel tensor of one shape for each image, so that rows can be encoded together.
    """

    name: str
    decoder_layer: str
    linears: tuple[Linear, ...]
    connectors: Mapping[str, Part]
    connector: str
    visual_encoder: Part
    idle_visual: Callable[[Any], str]
    language_shape: Callable[[Any], LanguageShape]
    chats: tuple[str, ...]
    chat: Chat | None
    image_by_image: bool
    variants: Mapping[str, Variant] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)

    def targets(self, location: Location, method: str | None = None) -> tuple[Linear, ...]:
        """The linear maps of the attention, the MLP or both that a method takes, in table order.

        Without a method, or a variant chosen for it that is different there, all of them.
        """
        variant = self.variants[self.chosen[method]] if method in self.chosen else {}
        if paths := variant.get(method, {}).get(location):
            return tuple(linear for linear in self.linears if linear.path in paths)
        wanted = ("attn", "mlp") if location == "both" else (location,)
        return tuple(linear for linear in self.linears if linear.location in wanted)

    def module_pattern(self, linears: Iterable[Linear]) -> str:
        """Regular expression of the full names of `linears` in every decoder layer, and no others.

        A list of suffixes would also hit the vision tower, which has a `q_proj` of its own.
        """
        paths = "|".join(re.escape(linear.path) for linear in linears)
        return rf"{self.decoder_layer}\.(?:{paths})"

    def connector_names(self, parameter_names: Iterable[str]) -> list[str]:
        """Those of the base model's parameters that make up the connector."""
        pattern = self.connectors[self.connector].pattern
        return [name for name in parameter_names if re.fullmatch(pattern, name)]

    def visual_names(self, parameter_names: Iterable[str], config: Any) -> list[str]:
        """Those of the base model's parameters that a tuned visual encoder trains."""
        idle = self.idle_visual(config)
        connectors = [part.pattern for part in self.connectors.values()]
        return [
            name
            for name in parameter_names
            if re.fullmatch(self.visual_encoder.pattern, name)
            and not any(re.fullmatch(pattern, name) for pattern in connectors)
            and not re.fullmatch(idle, name)
        ]
