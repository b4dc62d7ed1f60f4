import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoProcessor

from mmpeft.models.qwen_vl import QwenVLProcessor, build_image_processor
from tiny_qwen_vl import QUERIES, WORDS, picture

CLIP_MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
CLIP_STD = np.array([0.26862954, 0.26130258, 0.27577711])


def test_each_image_slot_is_filled(processor):
    inputs = processor(images=picture(0), text="w1 <img></img> w2", return_tensors="pt")
    words = [WORDS[i] for i in inputs["input_ids"][0]]
    assert words == ["w1", "<img>", *["<imgpad>"] * QUERIES, "</img>", "w2"]
    assert inputs["pixel_values"].shape == (1, 3, 24, 24)
    assert inputs["pixel_values"].dtype == torch.float32


def test_images_may_be_grouped_by_text(processor):
    texts = ["w1 <img></img><img></img>", "w2", "<img></img>"]
    images = [picture(i) for i in range(3)]
    flat = processor(images=images, text=texts, padding=True, return_tensors="pt")
    grouped = [[images[0], images[1]], [], [images[2]]]
    nested = processor(images=grouped, text=texts, padding=True, return_tensors="pt")
    assert torch.equal(flat["pixel_values"], nested["pixel_values"])
    assert torch.equal(flat["input_ids"], nested["input_ids"])


def test_text_only_has_no_pixels(processor):
    inputs = processor(text=["w1 w2", "w3"], padding=True, padding_side="left", return_tensors="pt")
    assert set(inputs) == {"input_ids", "attention_mask"}
    assert inputs["attention_mask"].tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize("images", [None, [], [picture(0), picture(1)]])
def test_images_and_slots_must_agree(processor, images):
    with pytest.raises(ValueError, match="1 times <img></img>"):
        processor(images=images, text="<img></img>")


def test_pixels_are_a_straight_bicubic_resize():
    image = picture(3, size=(60, 25)).convert("L")
    found = build_image_processor(24)(image, return_tensors="np")["pixel_values"][0]
    resized = image.convert("RGB").resize((24, 24), Image.Resampling.BICUBIC)
    expected = (np.asarray(resized) / 255 - CLIP_MEAN) / CLIP_STD
    np.testing.assert_allclose(found, expected.transpose(2, 0, 1), atol=1e-5)


def test_round_trip(processor, tmp_path):
    processor.save_pretrained(tmp_path)
    loaded = AutoProcessor.from_pretrained(tmp_path)
    assert type(loaded) is QwenVLProcessor
    arguments = {"images": [picture(0)], "text": ["w1 <img></img> w2"], "return_tensors": "pt"}
    before, after = processor(**arguments), loaded(**arguments)
    for key in before:
        assert torch.equal(before[key], after[key])


def test_image_tokens_must_have_consecutive_ids(processor):
    with pytest.raises(ValueError, match="consecutive ids, got 4, 5, 9"):
        QwenVLProcessor(processor.image_processor, processor.tokenizer, image_token="w2")
