import re

import pytest
import torch
from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig

from mmpeft.methods import expected_parameters
from mmpeft.models.chats import CHATS
from mmpeft.models.families import FAMILIES, declared, family_of
from mmpeft.models.qwen_vl import QwenVLConfig, QwenVLForConditionalGeneration
from tiny_models import FAMILY_NAMES, model, tokenizer

CLIP_L = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": 336,
    "patch_size": 14,
}
LLAMA_7B = LlamaConfig(vocab_size=32064)
LLAMA_13B = LlamaConfig(
    vocab_size=32064,
    hidden_size=5120,
    intermediate_size=13824,
    num_hidden_layers=40,
    num_attention_heads=40,
)
CONFIGS = {
    "7b": LlavaConfig(vision_config=CLIPVisionConfig(**CLIP_L), text_config=LLAMA_7B),
    "13b": LlavaConfig(vision_config=CLIPVisionConfig(**CLIP_L), text_config=LLAMA_13B),
    "qwen": QwenVLConfig(visual={}),
}
LORA = {"name": "lora", "size": 128, "alpha": 256.0, "dropout": 0.05}
ADAPTER = {"name": "adapter", "size": 256, "dropout": 0.05}
IA3 = {"name": "ia3"}
PREFIX = {"name": "prefix", "size": 20}


# released-code notes, section 1.3, and the counts behind the paper's Table 15
@pytest.mark.parametrize(
    ("config", "method", "location", "scalars"),
    [
        ("7b", LORA, "attn", 134_217_728),
        ("7b", LORA, "mlp", 185_597_952),
        ("7b", LORA, "both", 319_815_680),
        ("7b", ADAPTER, "attn", 268_435_456),
        ("7b", ADAPTER, "mlp", 201_326_592),
        ("7b", ADAPTER, "both", 469_762_048),
        ("7b", IA3, "attn", 262_144),
        ("7b", IA3, "mlp", 352_256),
        ("7b", IA3, "both", 614_400),
        ("7b", PREFIX, None, 5_242_880),
        ("13b", LORA, "both", 500_695_040),
        ("13b", ADAPTER, "mlp", 314_572_800),
        ("13b", IA3, "both", 962_560),
        ("13b", PREFIX, None, 8_192_000),
        ("qwen", LORA, "attn", 100_663_296),
        ("qwen", LORA, "mlp", 185_597_952),
        ("qwen", LORA, "both", 286_261_248),
        ("qwen", ADAPTER, "mlp", 201_326_592),
        ("qwen", IA3, "attn", 131_072),
        ("qwen", IA3, "mlp", 352_256),
        ("qwen", IA3, "both", 483_328),
        ("qwen", PREFIX, None, 5_242_880),
    ],
)
def test_full_size_methods_count_as_published(config, method, location, scalars):
    run = {
        "method": {**method, "location": location},
        "connector": "frozen",
        "visual_encoder": "frozen",
    }
    config = CONFIGS[config]
    counted = expected_parameters(config, FAMILIES[config.model_type], run)
    assert counted == {"method": scalars, "connector": 0, "visual_encoder": 0}


@pytest.mark.parametrize(
    ("config", "connector", "visual"),
    [
        # all of CLIP-L, without its last layer and the norm behind it
        ("7b", 20_979_712, 303_507_456 - 12_596_224 - 2_048),
        ("13b", 31_467_520, 303_507_456 - 12_596_224 - 2_048),
        # ViT, and the norm and projection behind the resampler
        ("qwen", 75_005_952, 1_842_770_688 + 16_785_408),
    ],
)
def test_full_size_parts_count_as_published(config, connector, visual):
    config = CONFIGS[config]
    family = FAMILIES[config.model_type]
    assert family.connectors[family.connector].parameters(config) == connector
    assert family.visual_encoder.parameters(config) == visual


def test_resampler_without_projection_is_counted():
    tiny = model("qwen_vl")
    visual = {**tiny.config.visual.to_dict(), "width": 16}
    config = QwenVLConfig(**{**tiny.config.to_dict(), "visual": visual})
    with torch.device("meta"):
        same_width = QwenVLForConditionalGeneration(config)
    family, named = FAMILIES["qwen_vl"], dict(same_width.named_parameters())
    counted = sum(named[name].numel() for name in family.connector_names(named))
    assert family.connectors["resampler"].parameters(config) == counted


@pytest.mark.parametrize("feature_layer", [-1, -2, -3, 1, 2])
def test_visual_count_follows_the_feature_layer(feature_layer):
    base = model("llava")
    base.config.vision_feature_layer = feature_layer
    family, named = FAMILIES["llava"], dict(base.named_parameters())
    counted = sum(named[name].numel() for name in family.visual_names(named, base.config))
    assert family.visual_encoder.parameters(base.config) == counted


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_patterns_hit_each_linear_map_of_the_decoder_and_nothing_of_the_encoder(name):
    base, family = model(name), FAMILIES[name]
    linear = {
        module_name
        for module_name, module in base.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    pattern = family.module_pattern(family.targets("both"))
    matched = {one for one in linear if re.fullmatch(pattern, one)}
    decoder = {one for one in linear if re.match(family.decoder_layer, one)}
    assert matched == decoder
    assert len(matched) == 2 * len(family.linears)


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_linear_table_states_the_real_shapes(name):
    base, family = model(name), FAMILIES[name]
    language = family.language_shape(base.config)
    layer = {"llava": "model.language_model.layers.1", "qwen_vl": "transformer.h.1"}[name]
    for linear in family.linears:
        module = base.get_submodule(f"{layer}.{linear.path}")
        assert linear.shape(language) == (module.in_features, module.out_features)


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_the_end_of_an_answer_is_the_token_that_stops_generation(name):
    words, chat = tokenizer(name), FAMILIES[name].chat
    assert words(chat.answer("red"))["input_ids"][-1] == words.eos_token_id


def test_a_model_has_the_chat_of_its_family_or_the_one_that_it_names():
    assert family_of({"family": "llava"}).chat is CHATS["vicuna_v1"]
    assert family_of({"family": "llava", "chat": "plain"}).chat is CHATS["plain"]
    assert family_of({"family": "qwen_vl"}).chat is CHATS["chatml"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family": "bert"}, "family must be one of llava, qwen_vl, got bert"),
        ({"chat": "chatml"}, "chat must be one of vicuna_v1, plain, got chatml"),
        (
            {"connector_definition": "paper_code"},
            "connector_definition must be one of projector, got paper_code",
        ),
        (
            {"family": "qwen_vl", "module_variants": {"lora": "other"}},
            "module_variants must be one of released_code, got other",
        ),
    ],
)
def test_unknown_names_are_errors(changes, message):
    with pytest.raises(ValueError, match=message):
        family_of({"family": "llava", **changes})


def test_the_connector_of_the_released_qwen_code_is_embeddings_and_head():
    family = family_of({"family": "qwen_vl", "connector_definition": "paper_code"})
    base = model("qwen_vl")
    names = family.connector_names(dict(base.named_parameters()))
    assert names == ["transformer.wte.weight", "lm_head.weight"]
    counted = sum(base.get_parameter(name).numel() for name in names)
    assert family.connectors["paper_code"].parameters(base.config) == counted
    assert family.connectors["paper_code"].parameters(CONFIGS["qwen"]) == 1_244_659_712


def test_a_resampler_that_is_not_the_connector_stays_out_of_the_encoder():
    family = family_of({"family": "qwen_vl", "connector_definition": "paper_code"})
    base = model("qwen_vl")
    names = family.visual_names(dict(base.named_parameters()), base.config)
    assert names
    assert not [name for name in names if "attn_pool" in name]


def test_module_variants_are_those_of_the_released_code():
    variants = dict.fromkeys(("lora", "adapter"), "released_code")
    family = family_of({"family": "qwen_vl", "module_variants": variants})

    def paths(location, method):
        return [linear.path for linear in family.targets(location, method)]

    four = ["attn.c_attn", "attn.c_proj", "mlp.w1", "mlp.w2"]
    assert paths("both", "lora") == four
    assert paths("mlp", "lora") == ["mlp.w1", "mlp.w2", "mlp.c_proj"]
    assert paths("mlp", "adapter") == ["attn.c_proj", "mlp.w1", "mlp.w2"]
    assert paths("both", "ia3") == paths("both", None) == [*four, "mlp.c_proj"]
    for method, location, scalars in ((LORA, "both", 224_395_264), (ADAPTER, "mlp", 201_326_592)):
        run = {
            "method": {**method, "location": location},
            "connector": "frozen",
            "visual_encoder": "frozen",
        }
        assert expected_parameters(CONFIGS["qwen"], family, run)["method"] == scalars


def test_declared_modules_are_those_of_llama_unless_they_are_listed():
    places = {"decoder_layer": r"h\.\d+", "connector": r"c\..*", "visual_encoder": r"v\..*"}
    listed = [{"path": "mlp.fc", "location": "mlp", "adapter": "after", "ia3": "input"}]
    assert declared(places).linears == FAMILIES["llava"].linears
    family = declared({**places, "linears": listed})
    assert [linear.path for linear in family.targets("both")] == ["mlp.fc"]
    assert family.targets("attn") == ()
    assert re.fullmatch(family.module_pattern(family.linears), "h.3.mlp.fc")
