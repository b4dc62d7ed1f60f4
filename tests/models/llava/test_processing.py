import numpy as np
import pytest
from PIL import Image
from sentencepiece import SentencePieceProcessor
from transformers import AutoTokenizer, LlavaConfig

from mmpeft.models.chats import CHATS
from mmpeft.models.llava.processing import (
    build_image_processor,
    build_processor,
    build_tokenizer,
)

CLIP_MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
CLIP_STD = np.array([0.26862954, 0.26130258, 0.27577711])
MEAN_COLOUR = (122, 116, 104)


def picture(size: tuple[int, int]) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def original_ids(model: str, prompt: str) -> list[int]:
    """What stands around the image tokenised apart, as in the released code."""
    pieces = SentencePieceProcessor(model)
    before, *behind = (pieces.encode(chunk) for chunk in prompt.split("<image>"))
    ids = [pieces.bos_id(), *before]
    for chunk in behind:
        ids += [len(pieces), *chunk]
    return ids


@pytest.mark.parametrize("size", [(60, 25), (25, 60), (31, 30), (40, 40), (300, 500)])
def test_images_are_padded_to_a_square_with_the_mean_colour_and_resized(size):
    image = picture(size)
    side = max(size)
    square = Image.new("RGB", (side, side), MEAN_COLOUR)
    square.paste(image, ((side - size[0]) // 2, (side - size[1]) // 2))
    resized = square.resize((24, 24), Image.Resampling.BICUBIC)
    expected = (np.asarray(resized) / 255 - CLIP_MEAN) / CLIP_STD

    found = build_image_processor(24)(image, return_tensors="np")["pixel_values"][0]
    np.testing.assert_allclose(found, expected.transpose(2, 0, 1), atol=1e-5)


@pytest.mark.parametrize(
    "prompt", ["What colour ?", "Why ?\nA.red, B.green", "  two  spaces ", "é"]
)
@pytest.mark.parametrize("has_image", [True, False])
def test_tokens_are_those_of_the_original(sentencepiece_model, tmp_path, prompt, has_image):
    text = CHATS["vicuna_v1"].prompt(prompt, has_image)
    tokenizer = build_tokenizer(sentencepiece_model)
    assert tokenizer(text)["input_ids"] == original_ids(str(sentencepiece_model), text)

    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert again(text)["input_ids"] == tokenizer(text)["input_ids"]
    assert again.padding_side == "left"


def test_image_and_padding_follow_the_vocabulary(sentencepiece_model):
    size = len(SentencePieceProcessor(str(sentencepiece_model)))
    tokenizer = build_tokenizer(sentencepiece_model)
    assert tokenizer.convert_tokens_to_ids(["<image>", "<pad>"]) == [size, size + 1]
    assert (tokenizer.pad_token_id, tokenizer.eos_token) == (size + 1, "</s>")
    answer = tokenizer(CHATS["vicuna_v1"].answer("red"))["input_ids"]
    assert answer[-1] == tokenizer.eos_token_id


def test_each_patch_has_an_image_token(sentencepiece_model):
    tokenizer = build_tokenizer(sentencepiece_model)
    config = LlavaConfig(image_token_index=len(tokenizer) - 2)
    text = CHATS["vicuna_v1"].prompt("What ?", has_image=True)
    inputs = build_processor(tokenizer, config)(images=picture((30, 40)), text=text)
    assert list(inputs["input_ids"][0]).count(len(tokenizer) - 2) == 576
    assert inputs["pixel_values"][0].shape == (3, 336, 336)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vision_feature_layer": -1}, r"features of layer and kind \(-1, 'default'\)"),
        ({"vision_feature_select_strategy": "full"}, r"features of layer and kind \(-2, 'full'\)"),
        ({"image_token_index": 7}, "<image> is 7 to the model"),
    ],
)
def test_another_model_is_refused(sentencepiece_model, changes, message):
    tokenizer = build_tokenizer(sentencepiece_model)
    config = LlavaConfig(**{"image_token_index": len(tokenizer) - 2, **changes})
    with pytest.raises(ValueError, match=message):
        build_processor(tokenizer, config)
