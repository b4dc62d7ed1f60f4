import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import tiny_models
from mmpeft.models.loading import load_base
from mmpeft.models.prepare import Tower, prepare_base
from models.llava.conftest import sentencepiece_model  # noqa: F401 - a fixture
from models.llava.layouts import (
    TOWER_ID,
    VOCABULARY,
    language_and_projector,
    write_bins,
    write_original,
    write_tower,
)
from models.qwen_vl.ranks import SIZE, write_ranks

ORACLE = Path(__file__).parents[1] / "oracles" / "qwen_vl_tiny"


def test_sharegpt4v_becomes_a_base(tmp_path, sentencepiece_model):  # noqa: F811
    checkpoint = write_original(tmp_path / "original", sentencepiece_model)
    tower = Tower(TOWER_ID, write_tower(tmp_path / "own", 2), write_tower(tmp_path / "openai", 1))
    prepare_base("llava", checkpoint, tower, tmp_path / "base")

    assert list((tmp_path / "base").glob("*.safetensors"))
    assert not list((tmp_path / "base").glob("*.bin"))
    base = load_base({"family": "llava", "base": str(tmp_path / "base")})
    embedding = base.model.get_input_embeddings().weight
    stored = language_and_projector()["model.embed_tokens.weight"].half().float()
    assert torch.equal(embedding[:VOCABULARY], stored)
    assert base.model.config.image_token_id == VOCABULARY
    assert base.processor.image_processor.do_pad
    assert len(embedding) == VOCABULARY + 64

    text = base.family.chat.prompt("What colour ?", has_image=True)
    image = tiny_models.image(1)
    inputs = base.processor(text=text, images=image, return_tensors="pt")
    image_tokens = (inputs["input_ids"] == VOCABULARY).sum()
    assert image_tokens == tiny_models.IMAGE_TOKENS
    assert base.model(**inputs).logits.isfinite().all()


def test_llava_of_the_hub_keeps_its_weights_and_gets_the_original_processor(
    tmp_path,
    sentencepiece_model,  # noqa: F811
):
    checkpoint = tmp_path / "hub"
    tiny = tiny_models.model("llava")
    tiny.resize_token_embeddings(VOCABULARY + 64)
    tiny.config.image_token_index = VOCABULARY
    tiny.save_pretrained(checkpoint)
    tiny_models.processor("llava").save_pretrained(checkpoint)
    shutil.copy(sentencepiece_model, checkpoint / "tokenizer.model")
    prepare_base("llava", checkpoint, None, tmp_path / "base")

    base = load_base({"family": "llava", "base": str(tmp_path / "base")})
    for name, value in tiny.state_dict().items():
        assert torch.equal(base.model.state_dict()[name], value), name
    assert base.processor.image_processor.do_pad
    assert base.processor.tokenizer.convert_tokens_to_ids("<image>") == VOCABULARY


@pytest.mark.parametrize("tower", [True, False])
def test_a_tower_is_given_where_there_is_none_and_nowhere_else(
    tmp_path,
    sentencepiece_model,  # noqa: F811
    tower,
):
    checkpoint = tmp_path / "hub"
    if tower:
        tiny_models.model("llava").save_pretrained(checkpoint)
        given, message = Tower(TOWER_ID, tmp_path, tmp_path), "has a visual tower of its own"
    else:
        write_original(checkpoint, sentencepiece_model)
        given, message = None, "name it as `visual_tower`"
    with pytest.raises(ValueError, match=message):
        prepare_base("llava", checkpoint, given, tmp_path / "base")
    assert not (tmp_path / "base").exists()


def qwen_checkpoint(folder: Path, image_start_id: int = SIZE + 214, **changes) -> Path:
    """The oracle's checkpoint as the hub has the real one: pickled, with its ranks."""
    config = json.loads((ORACLE / "config.json").read_text()) | changes
    config["visual"]["image_start_id"] = image_start_id
    weights = load_file(ORACLE / "model.safetensors")
    write_bins(folder, {name: value.bfloat16() for name, value in weights.items()}, config)
    write_ranks(folder / "qwen.tiktoken")
    return folder


def test_qwen_vl_becomes_a_base(tmp_path):
    checkpoint = qwen_checkpoint(tmp_path / "original")
    prepare_base("qwen_vl", checkpoint, None, tmp_path / "base")

    stored = load_file(tmp_path / "base" / "model.safetensors")
    for name, value in load_file(ORACLE / "model.safetensors").items():
        assert torch.equal(stored[name], value.bfloat16()), name
    base = load_base({"family": "qwen_vl", "base": str(tmp_path / "base")})
    texts = [base.family.chat.prompt("Why ?", True), base.family.chat.prompt("What ?", False)]
    image = tiny_models.image(1)
    inputs = base.processor(text=texts, images=[image], padding=True, return_tensors="pt")
    assert inputs["pixel_values"].shape == (1, 3, 112, 112)
    assert (inputs["input_ids"] == base.model.config.image_token_id).sum(1).tolist() == [16, 0]
    assert base.model(**inputs).logits.isfinite().all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_start_id": 1000}, r"<img> is 1000 to the model, 614 to .*qwen.tiktoken"),
        ({"image_start_id": 151_857, "vocab_size": 151_936}, "has SHA-256"),
    ],
)
def test_a_vocabulary_that_is_not_that_of_the_model_is_refused(tmp_path, changes, message):
    checkpoint = qwen_checkpoint(tmp_path / "original", **changes)
    with pytest.raises(ValueError, match=message):
        prepare_base("qwen_vl", checkpoint, None, tmp_path / "base")
