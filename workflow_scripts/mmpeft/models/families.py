"""The families of the paper's models, and those that a study declares."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mmpeft.models.chats import CHATS
from mmpeft.models.family import Family, LanguageShape, Linear, Part

DECLARED = "declared"
NOTHING = "(?!)"  # a regular expression that fits no text


def _language(config: Any) -> LanguageShape:
    """Of a Llama or one of its kin."""
    text = config.get_text_config()
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
    above = "|".join(str(layer) for layer in range(used, layers)) or NOTHING
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


LLAMA_LINEARS = (
    Linear("self_attn.q_proj", "attn", "before", None, "hidden", "query"),
    Linear("self_attn.k_proj", "attn", "before", "output", "hidden", "key_value"),
    Linear("self_attn.v_proj", "attn", "before", "output", "hidden", "key_value"),
    Linear("self_attn.o_proj", "attn", "after", None, "query", "hidden"),
    Linear("mlp.gate_proj", "mlp", "before", None, "hidden", "feed_forward"),
    Linear("mlp.up_proj", "mlp", "before", None, "hidden", "feed_forward"),
    Linear("mlp.down_proj", "mlp", "after", "input", "feed_forward", "hidden"),
)

LLAVA = Family(
    name="llava",
    decoder_layer=r"model\.language_model\.layers\.\d+",
    linears=LLAMA_LINEARS,
    connectors={"projector": Part(r"model\.multi_modal_projector\..*", _llava_connector)},
    connector="projector",
    visual_encoder=Part(r"model\.vision_tower\..*", _llava_visual),
    idle_visual=_llava_idle_visual,
    language_shape=_language,
    chats=("vicuna_v1", "plain"),
    chat=CHATS["vicuna_v1"],
    image_by_image=True,
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


def _qwen_resampler(config: Any) -> int:
    """Learned queries, key/value projection, cross-attention, two norms.

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
        Linear("attn.c_attn", "attn", "before", None, "hidden", "fused"),
        # c_attn fuses queries, keys and values, so the released code scales the attention's
        # output instead of its keys and values: one vector per layer.
        Linear("attn.c_proj", "attn", "after", "output", "query", "hidden"),
        Linear("mlp.w1", "mlp", "before", None, "hidden", "feed_forward"),
        Linear("mlp.w2", "mlp", "before", None, "hidden", "feed_forward"),
        Linear("mlp.c_proj", "mlp", "after", "input", "feed_forward", "hidden"),
    ),
    connectors={
        "resampler": Part(r"transformer\.visual\.attn_pool\.(?!pos_embed$).*", _qwen_resampler),
        "paper_code": Part(
            r"transformer\.wte\.weight|lm_head\.weight",
            lambda config: 2 * config.vocab_size * config.hidden_size,
        ),
    },
    connector="resampler",
    visual_encoder=Part(r"transformer\.visual\.(?!attn_pool\.).*", _qwen_visual),
    idle_visual=lambda config: NOTHING,
    language_shape=_qwen_language,
    chats=("chatml",),
    chat=CHATS["chatml"],
    image_by_image=True,
    variants={
        "released_code": {
            "adapter": {"mlp": ("attn.c_proj", "mlp.w1", "mlp.w2")},
            "lora": {"both": ("attn.c_attn", "attn.c_proj", "mlp.w1", "mlp.w2")},
        }
    },
)

FAMILIES: Mapping[str, Family] = {family.name: family for family in (LLAVA, QWEN_VL)}


def family_of(settings: Mapping[str, Any]) -> Family:
    """The family that the settings of a model describe.

    Reads `family`; if given, `chat`, `connector_definition` and `module_variants` by name; and for
    a declared family `modules`, see `declared`. Raises ValueError for a name that is not known.
    """
    if settings["family"] == DECLARED:
        return declared(settings["modules"])
    family = FAMILIES[_one_of(settings["family"], FAMILIES, "family")]
    if (chat := settings.get("chat")) is not None:
        family = replace(family, chat=CHATS[_one_of(chat, family.chats, "chat")])
    if (connector := settings.get("connector_definition")) is not None:
        connector = _one_of(connector, family.connectors, "connector_definition")
        family = replace(family, connector=connector)
    chosen = settings.get("module_variants", {})
    for variant in chosen.values():
        _one_of(variant, family.variants, "module_variants")
    return replace(family, chosen=chosen)


def declared(modules: Mapping[str, Any]) -> Family:
    """A family that a study declares.

    modules: `decoder_layer`, `connector` and `visual_encoder`, regular expressions as `Family` has
    them; and the `linears` of a decoder layer, mappings of the fields of `Linear`, if they are not
    those of Llama.
    """
    linears = tuple(Linear(**linear) for linear in modules.get("linears", ()))
    return Family(
        name=DECLARED,
        decoder_layer=modules["decoder_layer"],
        linears=linears or LLAMA_LINEARS,
        connectors={DECLARED: Part(modules["connector"])},
        connector=DECLARED,
        visual_encoder=Part(modules["visual_encoder"]),
        idle_visual=lambda config: NOTHING,
        language_shape=_language,
        chats=(),
        chat=None,
        image_by_image=False,
    )


def _one_of(name: str, known: Any, key: str) -> str:
    if name not in known:
        raise ValueError(f"{key} must be one of {', '.join(known)}, got {name}")
    return name
