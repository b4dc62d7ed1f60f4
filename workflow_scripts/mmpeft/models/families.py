"""What the benchmark must know about a model family: module names, sizes and the chat text.

Nothing here imports torch. Names are those of the base model, before any PEFT method is attached.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Location = Literal["attn", "mlp", "both"]


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

    fan_in, fan_out: names of `LanguageShape` attributes. adapter: where the bottleneck sits. ia3:
    what the learned vector scales (None: IA3 leaves this map alone). LoRA takes every map.
    """

    path: str
    location: Literal["attn", "mlp"]
    fan_in: str
    fan_out: str
    adapter: Literal["before", "after"]
    ia3: Literal["input", "output"] | None = None

    def shape(self, language: LanguageShape) -> tuple[int, int]:
        """(in, out) features."""
        return getattr(language, self.fan_in), getattr(language, self.fan_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of multimodal models.

    decoder_layer, connector, visual_encoder: regular expressions over full module or parameter
    names; a parameter that `connector` matches is never one of `visual_encoder`. `idle_visual`
    gives the expression of visual parameters that no output depends on, from the model's config.
    """

    name: str
    decoder_layer: str
    linears: tuple[Linear, ...]
    connector: str
    visual_encoder: str
    idle_visual: Callable[[Any], str]
    language_shape: Callable[[Any], LanguageShape]
    connector_parameters: Callable[[Any], int]
    visual_parameters: Callable[[Any], int]
    turn: str
    next_turn: str
    image: str
    answer_start: str
    answer_end: str

    def targets(self, location: Location) -> tuple[Linear, ...]:
        """The linear maps of the attention, of the MLP or of both, in the order of the table."""
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
        return [name for name in parameter_names if re.fullmatch(self.connector, name)]

    def visual_names(self, parameter_names: Iterable[str], config: Any) -> list[str]:
        """Those of the base model's parameters that a tuned visual encoder trains."""
        idle = self.idle_visual(config)
        return [
            name
            for name in parameter_names
            if re.fullmatch(self.visual_encoder, name)
            and not re.fullmatch(self.connector, name)
            and not re.fullmatch(idle, name)
        ]

    def chat(self, prompt: str, has_image: bool) -> str:
        """Everything the model reads before its answer; the processor expands the image's place."""
        return self.turn.format(image=self.image if has_image else "", prompt=prompt)

    def opening(self, has_image: bool) -> str:
        """The part of `chat` before the prompt: the same for every prompt about an image."""
        return self.turn.partition("{prompt}")[0].format(image=self.image if has_image else "")

    def chat_on(self, prompt: str) -> str:
        """What follows an earlier answer in a conversation of several turns."""
        return self.next_turn.format(prompt=prompt)

    def answer(self, text: str) -> str:
        """What the model is trained to say after `chat`, with the token that ends it."""
        return f"{self.answer_start}{text}{self.answer_end}"


def _llava_language(config: Any) -> LanguageShape:
    text = config.text_config
    head = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return LanguageShape(
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        query=head * text.num_attention_heads,
        key_value=head * text.num_key_value_heads,
        key_value_heads=text.num_key_value_heads,
        feed_forward=text.intermediate_size,
    )


def _llava_connector(config: Any) -> int:
    """Linear, GELU, Linear (arXiv:2310.03744, section 3.3)."""
    features, hidden = config.vision_config.hidden_size, config.text_config.hidden_size
    return (features + hidden) * hidden + 2 * hidden * config.multimodal_projector_bias


def _llava_visual_layers(config: Any) -> int:
    """Number of CLIP layers below the feature layer (-2: all but the last)."""
    layers, feature = config.vision_config.num_hidden_layers, config.vision_feature_layer
    return feature if feature >= 0 else layers + 1 + feature


def _llava_idle_visual(config: Any) -> str:
    used, layers = _llava_visual_layers(config), config.vision_config.num_hidden_layers
    above = "|".join(str(layer) for layer in range(used, layers)) or "(?!)"
    return rf"model\.vision_tower\..*(?:layers\.(?:{above})|post_layernorm)\..*"


def _llava_visual(config: Any) -> int:
    """CLIP ViT up to the feature layer: patch, class and position embedding, norm, layers."""
    vision = config.vision_config
    width, inner = vision.hidden_size, vision.intermediate_size
    patches = (vision.image_size // vision.patch_size) ** 2
    embedding = width * (3 * vision.patch_size**2 + 1 + patches + 1)
    attention, mlp = 4 * width * (width + 1), 2 * width * inner + inner + width
    layer = attention + mlp + 4 * width
    return embedding + 2 * width + _llava_visual_layers(config) * layer


LLAVA = Family(
    name="llava",
    decoder_layer=r"model\.language_model\.layers\.\d+",
    linears=(
        Linear("self_attn.q_proj", "attn", "hidden", "query", "before"),
        Linear("self_attn.k_proj", "attn", "hidden", "key_value", "before", ia3="output"),
        Linear("self_attn.v_proj", "attn", "hidden", "key_value", "before", ia3="output"),
        Linear("self_attn.o_proj", "attn", "query", "hidden", "after"),
        Linear("mlp.gate_proj", "mlp", "hidden", "feed_forward", "before"),
        Linear("mlp.up_proj", "mlp", "hidden", "feed_forward", "before"),
        Linear("mlp.down_proj", "mlp", "feed_forward", "hidden", "after", ia3="input"),
    ),
    connector=r"model\.multi_modal_projector\..*",
    visual_encoder=r"model\.vision_tower\..*",
    idle_visual=_llava_idle_visual,
    language_shape=_llava_language,
    connector_parameters=_llava_connector,
    visual_parameters=_llava_visual,
    turn="USER: {image}{prompt} ASSISTANT:",
    next_turn="USER: {prompt} ASSISTANT:",
    image="<image>\n",
    answer_start=" ",
    answer_end="</s>",
)


def _qwen_language(config: Any) -> LanguageShape:
    width = config.kv_channels * config.num_attention_heads
    return LanguageShape(
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        query=width,
        key_value=width,
        key_value_heads=config.num_attention_heads,
        # the checkpoint's own convention: w1 and w2 are each half of `intermediate_size` wide
        feed_forward=config.intermediate_size // 2,
    )


def _qwen_connector(config: Any) -> int:
    """Resampler: learned queries, key/value projection, cross-attention, two norms.

    Its sine-cosine positions are fixed. It projects keys and values only if the widths differ.
    """
    width, out = config.visual.width, config.visual.output_dim
    projection = width * out if width != out else 0
    return config.visual.n_queries * out + projection + 4 * out * (out + 1) + 2 * 2 * out


def _qwen_visual(config: Any) -> int:
    """OpenCLIP ViT without class token, and the norm and projection behind the resampler."""
    visual = config.visual
    width, out, inner = visual.width, visual.output_dim, visual.mlp_width
    embedding = width * (3 * visual.patch_size**2 + visual.position_count)
    layer = 4 * width * (width + 1) + 2 * width * inner + inner + width + 4 * width
    return embedding + 2 * width + visual.layers * layer + 2 * out + out * out


QWEN_VL = Family(
    name="qwen_vl",
    decoder_layer=r"transformer\.h\.\d+",
    linears=(
        Linear("attn.c_attn", "attn", "hidden", "fused", "before"),
        # c_attn fuses queries, keys and values, so the released code scales the attention's
        # output instead of its keys and values: one vector per layer.
        Linear("attn.c_proj", "attn", "query", "hidden", "after", ia3="output"),
        Linear("mlp.w1", "mlp", "hidden", "feed_forward", "before"),
        Linear("mlp.w2", "mlp", "hidden", "feed_forward", "before"),
        Linear("mlp.c_proj", "mlp", "feed_forward", "hidden", "after", ia3="input"),
    ),
    connector=r"transformer\.visual\.attn_pool\.(?!pos_embed$).*",
    visual_encoder=r"transformer\.visual\.(?!attn_pool\.).*",
    idle_visual=lambda config: r"(?!)",
    language_shape=_qwen_language,
    connector_parameters=_qwen_connector,
    visual_parameters=_qwen_visual,
    turn=(
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n{image}{prompt}<|im_end|>\n<|im_start|>assistant\n"
    ),
    next_turn="\n<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n",
    image="Picture 1: <img></img>\n",
    answer_start="",
    answer_end="<|im_end|>",
)

FAMILIES: Mapping[str, Family] = {family.name: family for family in (LLAVA, QWEN_VL)}


def family_of(config: Any) -> Family:
    """The family of a model's config. Raises ValueError for a model type without one."""
    if config.model_type not in FAMILIES:
        raise ValueError(
            f"model_type '{config.model_type}' has no family; known: {', '.join(FAMILIES)}"
        )
    return FAMILIES[config.model_type]
