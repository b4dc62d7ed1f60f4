import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from methods.cases import PLACED, WIDEST, settings
from mmpeft.methods import attach, load_adapter, save_adapter, trainable_manifest
from tiny_models import FAMILIES, FAMILY_NAMES, disturb, image, inputs, model

PROMPTS, IMAGES = ["What colour is the shape ?", "how many ?"], [image(1), None]
PARTS = [(), ("connector",), ("connector", "visual_encoder")]
TESTS = Path(__file__).parents[1]


def batch(family: str):
    chats = [
        FAMILIES[family].chat.prompt(prompt, picture is not None)
        for prompt, picture in zip(PROMPTS, IMAGES, strict=True)
    ]
    return inputs(family, chats, IMAGES)


def trained(family: str, run: dict):
    tuned = attach(model(family), FAMILIES[family], run)
    disturb(tuned)
    return tuned.eval()


@pytest.mark.parametrize("tuned_parts", PARTS, ids="+".join)
@pytest.mark.parametrize(("method", "location"), PLACED)
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_a_loaded_model_equals_the_saved_one(family, method, location, tuned_parts, tmp_path):
    run = settings(method, location, **dict.fromkeys(tuned_parts, "tuned"))
    tuned = trained(family, run)
    save_adapter(tuned, FAMILIES[family], tmp_path)

    loaded = load_adapter(model(family), FAMILIES[family], tmp_path)

    expected, got = tuned(**batch(family)).logits, loaded(**batch(family)).logits
    torch.testing.assert_close(got, expected, rtol=0, atol=0)
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    files = {"adapter_config.json", "adapter_model.safetensors", "parameters.json"}
    files |= {f"{part}.safetensors" for part in tuned_parts}
    assert {file.name for file in tmp_path.iterdir()} == files
    manifest = json.loads((tmp_path / "parameters.json").read_text())
    assert manifest == trainable_manifest(tuned, FAMILIES[family])


def test_a_fresh_process_loads_every_method(tmp_path):
    for family, (method, location) in product(FAMILY_NAMES, WIDEST):
        tuned = trained(family, settings(method, location, connector="tuned"))
        folder = tmp_path / family / method
        save_adapter(tuned, FAMILIES[family], folder)
        save_file({"logits": tuned(**batch(family)).logits}, folder.with_suffix(".expected"))
    code = f"""
from pathlib import Path
import torch
from safetensors.torch import load_file
from methods.test_saving import FAMILIES, batch, model
from mmpeft.methods import load_adapter
for folder in sorted(Path({str(tmp_path)!r}).glob("*/*/")):
    family = folder.parent.name
    logits = load_file(folder.with_suffix(".expected"))["logits"]
    loaded = load_adapter(model(family), FAMILIES[family], folder)
    print(family, folder.name, torch.equal(loaded(**batch(family)).logits, logits))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent / 'workflow_scripts'}", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{family} {method} True"
        for family, method in product(FAMILY_NAMES, ("adapter", "ia3", "lora", "prefix"))
    ]


@pytest.mark.parametrize("lost", ["connector", "visual_encoder"])
def test_a_lost_part_is_an_error(lost, tmp_path):
    tuned = trained("llava", settings("ia3", "both", connector="tuned", visual_encoder="tuned"))
    save_adapter(tuned, FAMILIES["llava"], tmp_path)
    (tmp_path / f"{lost}.safetensors").unlink()
    with pytest.raises(ValueError, match=f"{lost}.safetensors is missing"):
        load_adapter(model("llava"), FAMILIES["llava"], tmp_path)


def test_a_part_that_was_not_tuned_is_an_error(tmp_path):
    tuned = trained("llava", settings("ia3", "both"))
    save_adapter(tuned, FAMILIES["llava"], tmp_path)
    save_file({"x": torch.zeros(1)}, tmp_path / "connector.safetensors")
    with pytest.raises(ValueError, match=r"connector.safetensors exists, but parameters.json"):
        load_adapter(model("llava"), FAMILIES["llava"], tmp_path)


@pytest.mark.parametrize("file", ["adapter_model", "connector"])
def test_a_missing_or_unexpected_tensor_is_an_error(file, tmp_path):
    tuned = trained("llava", settings("lora", "mlp", connector="tuned"))
    save_adapter(tuned, FAMILIES["llava"], tmp_path)
    tensors = load_file(tmp_path / f"{file}.safetensors")
    first = sorted(tensors)[0]
    tensors[f"{first}.renamed"] = tensors.pop(first)
    save_file(tensors, tmp_path / f"{file}.safetensors")
    with pytest.raises(ValueError, match=f"{file}.safetensors does not fit the model: missing"):
        load_adapter(model("llava"), FAMILIES["llava"], tmp_path)


def test_a_tensor_of_another_shape_is_an_error(tmp_path):
    tuned = trained("llava", settings("lora", "mlp", connector="tuned"))
    save_adapter(tuned, FAMILIES["llava"], tmp_path)
    tensors = load_file(tmp_path / "connector.safetensors")
    first = sorted(tensors)[0]
    tensors[first] = tensors[first][:-1]
    save_file(tensors, tmp_path / "connector.safetensors")
    with pytest.raises(ValueError, match=r"is \[15\], the model has \[16\]"):
        load_adapter(model("llava"), FAMILIES["llava"], tmp_path)
