import pytest
import torch

from methods.cases import PLACED, TUNINGS, WIDEST, settings
from mmpeft.methods import attach, expected_parameters, trainable_manifest
from tiny_models import FAMILIES, FAMILY_NAMES, disturb, image, inputs, model, training_batch

LAYERS = 2
PROMPTS = ["What colour is the shape ?", "how many ?", "is the circle big ?"]
IMAGES = [image(1), None, image(2)]

# written out by hand, as the check of the families' tables
LINEARS = {
    ("llava", "attn"): [f"self_attn.{one}_proj" for one in "qkvo"],
    ("llava", "mlp"): ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"],
    ("qwen_vl", "attn"): ["attn.c_attn", "attn.c_proj"],
    ("qwen_vl", "mlp"): ["mlp.w1", "mlp.w2", "mlp.c_proj"],
}
SCALED = {
    ("llava", "attn"): ["self_attn.k_proj", "self_attn.v_proj"],
    ("llava", "mlp"): ["mlp.down_proj"],
    ("qwen_vl", "attn"): ["attn.c_proj"],
    ("qwen_vl", "mlp"): ["mlp.c_proj"],
}
LAYER = {"llava": "model.language_model.layers", "qwen_vl": "transformer.h"}
CONNECTOR = {"llava": "model.multi_modal_projector.", "qwen_vl": "transformer.visual.attn_pool."}
ENCODER = {"llava": "model.vision_tower.", "qwen_vl": "transformer.visual."}
# no output depends on CLIP's last layer: features are those of layer -2
UNTRAINED = {
    "llava": ["layers.2.", "post_layernorm"],
    "qwen_vl": ["attn_pool"],
}
SUFFIXES = {
    "adapter": ["bottleneck_down.default.weight", "bottleneck_up.default.weight"],
    "lora": ["lora_A.default.weight", "lora_B.default.weight"],
    "ia3": ["ia3_l.default"],
}


def chats(family: str) -> list[str]:
    return [
        FAMILIES[family].chat.prompt(prompt, picture is not None)
        for prompt, picture in zip(PROMPTS, IMAGES, strict=True)
    ]


def declared(family: str, run: dict) -> set[str]:
    """Names that the run must train, from the tables above and the un-tuned model's own names."""
    method, location = run["method"]["name"], run["method"]["location"]
    base = [name for name, _ in model(family).named_parameters()]
    prefix = "base_model." if method == "prefix" else "base_model.model."
    names = set()
    if run["connector"] == "tuned":
        names |= {n for n in base if n.startswith(CONNECTOR[family]) and "pos_embed" not in n}
    if run["visual_encoder"] == "tuned":
        names |= {
            name
            for name in base
            if name.startswith(ENCODER[family])
            and not any(part in name for part in UNTRAINED[family])
        }
    names = {prefix + name for name in names}
    if method == "prefix":
        return names | {"prompt_encoder.default.embedding.weight"}
    table = SCALED if method == "ia3" else LINEARS
    places = ["attn", "mlp"] if location == "both" else [location]
    return names | {
        f"{prefix}{LAYER[family]}.{layer}.{linear}.{suffix}"
        for layer in range(LAYERS)
        for place in places
        for linear in table[family, place]
        for suffix in SUFFIXES[method]
    }


@pytest.mark.parametrize("visual_encoder", TUNINGS)
@pytest.mark.parametrize("connector", TUNINGS)
@pytest.mark.parametrize(("method", "location"), PLACED)
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_trains_the_declared_parameters_and_no_others(
    family, method, location, connector, visual_encoder
):
    run = settings(method, location, connector=connector, visual_encoder=visual_encoder)
    tuned = attach(model(family), FAMILIES[family], run)

    assert {name for name, p in tuned.named_parameters() if p.requires_grad} == declared(
        family, run
    )
    groups = trainable_manifest(tuned, FAMILIES[family])["groups"]
    assert groups == expected_parameters(tuned.config, FAMILIES[family], run)

    disturb(tuned)
    tuned.train()
    tuned(**training_batch(family, chats(family), IMAGES)).loss.backward()
    for name, parameter in tuned.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, name
            # softmax ignores what is added to all keys, so this gradient is zero up to rounding
            assert parameter.grad.any() or name.endswith("k_proj.bias"), name
        else:
            assert parameter.grad is None, name


@pytest.mark.parametrize(("method", "location"), PLACED)
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_starts_at_the_base_model_unless_it_is_a_prefix(family, method, location):
    batch = inputs(family, chats(family), IMAGES)
    base = model(family)
    before = base(**batch).logits
    tuned = attach(base, FAMILIES[family], settings(method, location)).eval()
    after = tuned(**batch).logits
    assert torch.equal(before, after) is (method != "prefix")


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_the_adapter_of_the_released_code_does_not_start_at_the_base_model(family):
    batch = inputs(family, chats(family), IMAGES)
    base = model(family)
    before = base(**batch).logits
    run = settings("adapter", "both")
    run["method"]["initialisation"] = "normal"
    assert not torch.equal(before, attach(base, FAMILIES[family], run).eval()(**batch).logits)


@pytest.mark.parametrize(("method", "location"), WIDEST)
def test_initialisation_depends_on_the_seed_alone(method, location):
    def weights(seed: int) -> dict[str, torch.Tensor]:
        tuned = attach(model("llava"), FAMILIES["llava"], settings(method, location, seed=seed))
        return {name: p.detach() for name, p in tuned.named_parameters() if p.requires_grad}

    torch.manual_seed(7)
    first = weights(42)
    state = torch.get_rng_state()
    second = weights(42)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = weights(43)
    same = all(torch.equal(first[name], other[name]) for name in first)
    assert same is (method == "ia3")  # always ones


@pytest.mark.parametrize(("method", "location"), WIDEST)
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_new_weights_are_float32_on_a_bfloat16_base(family, method, location):
    base = model(family).to(torch.bfloat16)
    tuned = attach(base, FAMILIES[family], settings(method, location)).eval()
    trained = [p for p in tuned.parameters() if p.requires_grad]
    assert {p.dtype for p in trained} == {torch.float32}
    batch = inputs(family, chats(family), IMAGES)
    batch["pixel_values"] = batch["pixel_values"].to(torch.bfloat16)
    assert tuned(**batch).logits.dtype == torch.bfloat16


@pytest.mark.parametrize("part", ["connector", "visual_encoder"])
def test_refuses_another_word_for_tuned(part):
    run = {**settings("ia3", "both"), part: "yes"}
    with pytest.raises(ValueError, match=f"{part} must be one of frozen, tuned, got yes"):
        attach(model("llava"), FAMILIES["llava"], run)
