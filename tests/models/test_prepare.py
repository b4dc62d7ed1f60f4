import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import tiny_models
from mmpeft.datasets.sources.lock import MANIFEST, describe, write_lock
from mmpeft.datasets.sources.source import SourceError
from mmpeft.models.loading import load_base
from mmpeft.models.prepare import RECORD, prepare_base
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
COMMIT = "c" * 40
HUB, OPENAI = "owner/some-model", "openai/clip"


@pytest.fixture
def downloads(tmp_path):
    return tmp_path / "downloads"


@pytest.fixture
def prepare(tmp_path, downloads):
    """Lock what lies in the folders of hubs, and make a base of it."""

    def prepare(family, **hubs):
        for hub in hubs.values():
            (downloads / hub).mkdir(parents=True, exist_ok=True)
            names = [file.name for file in (downloads / hub).iterdir()]
            lock = describe(hub, COMMIT, downloads / hub, names)
            write_lock(lock, downloads / hub / MANIFEST)
            write_lock(lock, tmp_path / "locks" / f"{hub}.json")
        prepare_base(family, hubs, downloads, tmp_path / "locks", tmp_path / "base")
        return tmp_path / "base"

    return prepare


def test_sharegpt4v_becomes_a_base(downloads, prepare, sentencepiece_model):  # noqa: F811
    write_original(downloads / HUB, sentencepiece_model)
    write_tower(downloads / TOWER_ID, 2)
    write_tower(downloads / OPENAI, 1)
    folder = prepare("llava", checkpoint=HUB, tower=TOWER_ID, openai_tower=OPENAI)

    assert list(folder.glob("*.safetensors"))
    assert not list(folder.glob("*.bin"))
    record = json.loads((folder / RECORD).read_text())
    assert {hub: lock["revision"] for hub, lock in record["sources"].items()} == dict.fromkeys(
        (HUB, TOWER_ID, OPENAI), COMMIT
    )
    base = load_base({"family": "llava", "base": str(folder)})
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
    downloads,
    prepare,
    sentencepiece_model,  # noqa: F811
):
    checkpoint = downloads / HUB
    tiny = tiny_models.model("llava")
    tiny.resize_token_embeddings(VOCABULARY + 64)
    tiny.config.image_token_index = VOCABULARY
    tiny.save_pretrained(checkpoint)
    tiny_models.processor("llava").save_pretrained(checkpoint)
    shutil.copy(sentencepiece_model, checkpoint / "tokenizer.model")
    base = load_base({"family": "llava", "base": str(prepare("llava", checkpoint=HUB))})
    for name, value in tiny.state_dict().items():
        assert torch.equal(base.model.state_dict()[name], value), name
    assert base.processor.image_processor.do_pad
    assert base.processor.tokenizer.convert_tokens_to_ids("<image>") == VOCABULARY


@pytest.mark.parametrize("tower", [True, False])
def test_a_tower_is_given_where_there_is_none_and_nowhere_else(
    tmp_path,
    downloads,
    prepare,
    sentencepiece_model,  # noqa: F811
    tower,
):
    if tower:
        tiny_models.model("llava").save_pretrained(downloads / HUB)
        given, message = (
            {"tower": TOWER_ID, "openai_tower": OPENAI},
            "has a visual tower of its own",
        )
    else:
        write_original(downloads / HUB, sentencepiece_model)
        given, message = {}, "name it as `visual_tower`"
    with pytest.raises(ValueError, match=message):
        prepare("llava", checkpoint=HUB, **given)
    assert not (tmp_path / "base").exists()


def qwen_checkpoint(folder: Path, image_start_id: int = SIZE + 214, **changes) -> Path:
    """The oracle's checkpoint as the hub has the real one: pickled, with its ranks."""
    config = json.loads((ORACLE / "config.json").read_text()) | changes
    config["visual"]["image_start_id"] = image_start_id
    weights = load_file(ORACLE / "model.safetensors")
    write_bins(folder, {name: value.bfloat16() for name, value in weights.items()}, config)
    write_ranks(folder / "qwen.tiktoken")
    return folder


def test_qwen_vl_becomes_a_base(downloads, prepare):
    qwen_checkpoint(downloads / HUB)
    folder = prepare("qwen_vl", checkpoint=HUB)

    stored = load_file(folder / "model.safetensors")
    for name, value in load_file(ORACLE / "model.safetensors").items():
        assert torch.equal(stored[name], value.bfloat16()), name
    base = load_base({"family": "qwen_vl", "base": str(folder)})
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
def test_a_vocabulary_that_is_not_that_of_the_model_is_refused(
    downloads, prepare, changes, message
):
    qwen_checkpoint(downloads / HUB, **changes)
    with pytest.raises(ValueError, match=message):
        prepare("qwen_vl", checkpoint=HUB)


def test_a_declared_model_stays_as_it_is_with_a_record_of_its_revision(downloads, prepare):
    tiny_models.model("llava").save_pretrained(downloads / HUB)
    files = {file.name: file.read_bytes() for file in (downloads / HUB).iterdir()}
    folder = prepare("declared", checkpoint=HUB)

    record = json.loads((folder / RECORD).read_text())
    assert record["family"] == "declared"
    assert record["sources"][HUB]["revision"] == COMMIT
    assert record["sources"][HUB]["files"].keys() == files.keys()
    assert {file.name for file in folder.iterdir()} == {*files, RECORD}
    assert {name: (folder / name).read_bytes() for name in files} == files


def test_a_download_that_is_not_what_its_lock_says_is_refused(tmp_path, downloads, prepare):
    tiny_models.model("llava").save_pretrained(downloads / HUB)
    folder = prepare("declared", checkpoint=HUB)
    before = (folder / RECORD).read_text()
    lock = tmp_path / "locks" / f"{HUB}.json"
    lock.write_text(lock.read_text().replace(COMMIT, "d" * 40))

    with pytest.raises(SourceError, match=f"is not what .*{HUB}.json records"):
        prepare_base("declared", {"checkpoint": HUB}, downloads, lock.parents[1], folder)
    assert (folder / RECORD).read_text() == before
