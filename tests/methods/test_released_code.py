"""Options that take the side of the released code where it differs from the paper."""

import pytest
import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import load_file

import tiny_models
from methods.cases import settings
from mmpeft.methods import (
    attach,
    expected_parameters,
    load_adapter,
    parameter_groups,
    save_adapter,
    trainable_manifest,
)
from mmpeft.models.families import family_of
from tiny_models import FAMILIES, FAMILY_NAMES, image, model, training_batch

VARIANTS = {"adapter": "released_code", "lora": "released_code"}
QWEN = {"family": "qwen_vl", "connector_definition": "paper_code", "module_variants": VARIANTS}


def batch(name):
    chat = FAMILIES[name].chat
    prompts = [chat.prompt("What colour ?", True), chat.prompt("how many ?", False)]
    return training_batch(name, prompts, [image(1), None])


def with_options(method, location=None, connector="frozen", **options):
    run = settings(method, location, connector=connector)
    return {**run, "method": {**run["method"], **options}}


def check_saved(tuned, family, name, folder):
    """What is saved computes the same on a fresh base."""
    tiny_models.disturb(tuned)
    inputs = {key: value for key, value in batch(name).items() if key != "labels"}
    tuned.eval()
    with torch.no_grad():
        expected = tuned(**inputs).logits
        save_adapter(tuned, family, folder)
        loaded = load_adapter(model(name), family, folder)
        torch.testing.assert_close(loaded(**inputs).logits, expected)
        assert not torch.allclose(model(name)(**inputs).logits, expected)


@pytest.mark.parametrize("name", FAMILY_NAMES)
def test_a_projected_prefix_trains_an_mlp_and_is_saved_without_it(name, tmp_path):
    family, run = FAMILIES[name], with_options("prefix", prefix_projection=True)
    tuned = attach(model(name), family, run)
    counted = trainable_manifest(tuned, family)["groups"]
    assert counted == expected_parameters(tuned.config, family, run)
    plain = attach(model(name), family, with_options("prefix"))
    saved = trainable_manifest(plain, family)["groups"]["method"]
    assert counted["method"] > saved

    tuned(**batch(name)).loss.backward()
    assert all(p.grad is not None for p in tuned.parameters() if p.requires_grad)
    check_saved(tuned, family, name, tmp_path)
    stored = load_file(tmp_path / "adapter_model.safetensors")
    assert sum(tensor.numel() for tensor in stored.values()) == saved


def test_embeddings_and_head_are_the_connector_of_the_released_qwen_code(tmp_path):
    family = family_of(QWEN)
    run = with_options("lora", "both", connector="tuned")
    tuned = attach(model("qwen_vl"), family, run)
    manifest = trainable_manifest(tuned, family)
    assert manifest["groups"] == expected_parameters(tuned.config, family, run)
    connector = [one["name"] for one in manifest["tensors"] if one["group"] == "connector"]
    assert [name.split(".")[-2] for name in connector] == ["wte", "lm_head"]
    rates = {"learning_rate": 1e-3, "connector_learning_rate": 1e-4, "weight_decay": 0.0}
    groups = parameter_groups(tuned, family, **rates)
    assert [(one["name"], len(one["params"])) for one in groups][1:] == [("connector", 2)]
    before = {name: p.detach().clone() for name, p in tuned.named_parameters()}
    check_saved(tuned, family, "qwen_vl", tmp_path)
    resampler = [name for name in before if "attn_pool" in name]
    after = dict(tuned.named_parameters())
    assert resampler
    assert all(torch.equal(before[name], after[name]) for name in resampler)


@pytest.mark.parametrize(
    ("method", "location", "modules"),
    [
        ("lora", "both", {"attn.c_attn", "attn.c_proj", "mlp.w1", "mlp.w2"}),
        ("adapter", "mlp", {"attn.c_proj", "mlp.w1", "mlp.w2"}),
    ],
)
def test_modules_are_those_of_the_released_qwen_code(method, location, modules):
    family = family_of(QWEN)
    run = with_options(method, location)
    tuned = attach(model("qwen_vl"), family, run)
    assert trainable_manifest(tuned, family)["groups"] == expected_parameters(
        tuned.config, family, run
    )
    layer = tuned.get_base_model().transformer.h[0]
    assert {n for n, m in layer.named_modules() if isinstance(m, BaseTunerLayer)} == modules


def test_adapters_of_the_released_code_do_not_start_at_the_base():
    inputs = {key: value for key, value in batch("llava").items() if key != "labels"}
    logits = {}
    for initialisation in ("zero", "normal"):
        run = with_options("adapter", "mlp", initialisation=initialisation)
        tuned = attach(model("llava"), FAMILIES["llava"], run).eval()
        weights = [p for name, p in tuned.named_parameters() if "bottleneck_up" in name]
        spread = torch.cat([weight.flatten() for weight in weights]).std().item()
        assert spread == pytest.approx(0.02 if initialisation == "normal" else 0, rel=0.2)
        with torch.no_grad():
            logits[initialisation] = tuned(**inputs).logits
    with torch.no_grad():
        base = model("llava")(**inputs).logits
    torch.testing.assert_close(logits["zero"], base)
    assert not torch.allclose(logits["normal"], base)
