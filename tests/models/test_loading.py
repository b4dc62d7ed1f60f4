import pytest
import torch
from safetensors.torch import load_file, save_file

from mmpeft.models.loading import load_base
from tiny_models import FAMILIES, FAMILY_NAMES, SETTINGS, image, inputs, model, processor


@pytest.fixture(params=FAMILY_NAMES)
def base(request, tmp_path):
    """(family name, folder with the tiny model in bfloat16, as the shipped bases are)."""
    model(request.param).to(torch.bfloat16).save_pretrained(tmp_path)
    processor(request.param).save_pretrained(tmp_path)
    return request.param, tmp_path


def test_loads_bfloat16_weights_as_float32(base):
    family, folder = base
    loaded, loaded_processor, _ = load_base({"base": str(folder), **SETTINGS[family]})
    assert not loaded.training
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    for name, value in model(family).to(torch.bfloat16).float().state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    text = FAMILIES[family].chat.prompt("how many ?", has_image=True)
    expected = inputs(family, [text], [image(1)])
    got = loaded_processor(text=[text], images=[image(1)], return_tensors="pt", padding=True)
    for key in ("input_ids", "attention_mask", "pixel_values"):
        assert torch.equal(got[key], expected[key]), key


def test_loads_in_bfloat16_on_request(base):
    family, folder = base
    loaded, _, _ = load_base({"base": str(folder), **SETTINGS[family]}, precision="bfloat16")
    assert {p.dtype for p in loaded.parameters()} == {torch.bfloat16}


def test_another_family_is_an_error(base):
    family, folder = base
    other = next(name for name in FAMILY_NAMES if name != family)
    with pytest.raises(ValueError, match=f"holds a {family}, but the study says {other}"):
        load_base({"family": other, "base": str(folder)})


def test_missing_weights_are_an_error(base):
    family, folder = base
    weights = load_file(folder / "model.safetensors")
    first = next(name for name in sorted(weights) if "lm_head" in name)
    save_file(
        {name: value for name, value in weights.items() if name != first},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(ValueError, match=r"do not fit: missing_keys \['lm_head.weight'\]"):
        load_base({"base": str(folder), **SETTINGS[family]})


def test_a_folder_without_model_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not a model folder"):
        load_base({"family": "llava", "base": str(tmp_path)})


def test_a_chat_of_words_that_the_tokenizer_lacks_is_an_error(tmp_path):
    model("llava").save_pretrained(tmp_path)
    processor("llava").save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"lacks words of the chat .*\(vicuna_v1, plain\)"):
        load_base({"base": str(tmp_path), "family": "llava", "chat": "vicuna_v1"})
