"""A Qwen-VL of some ten thousand weights, its tokenizer, processor and batches."""

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from mmpeft.models.qwen_vl import (
    QwenVLConfig,
    QwenVLForConditionalGeneration,
    QwenVLProcessor,
    build_image_processor,
)

SPECIAL = ["<pad>", "<unk>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<imgpad>"]
WORDS = SPECIAL + [f"w{i}" for i in range(57)]
QUERIES = 4


def tiny_config(**changes) -> QwenVLConfig:
    visual = {
        "image_size": 24,
        "patch_size": 6,
        "width": 24,
        "heads": 2,
        "layers": 2,
        "mlp_ratio": 2.0,
        "output_dim": 32,
        "n_queries": QUERIES,
        "position_count": 16,
        "resampler_heads": 2,
        "image_start_id": WORDS.index("<img>"),
    }
    values = {
        "vocab_size": len(WORDS),
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "kv_channels": 8,
        "intermediate_size": 96,
        "seq_length": 64,
        "initializer_range": 0.3,
        "pad_token_id": 0,
        "eos_token_id": 3,
    }
    return QwenVLConfig(**{**values, **changes, "visual": {**visual, **changes.get("visual", {})}})


def tiny_model(**changes) -> QwenVLForConditionalGeneration:
    torch.manual_seed(0)
    return QwenVLForConditionalGeneration(tiny_config(**changes)).eval()


def tiny_processor() -> QwenVLProcessor:
    tokenizer = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token="<|im_end|>",
        additional_special_tokens=SPECIAL[2:],
    )
    return QwenVLProcessor(build_image_processor(24), fast, n_queries=QUERIES)


def picture(seed: int, size: tuple[int, int] = (30, 20)) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def rows(batch):
    """The rows of a batch as batches of one without padding; images in reading order."""
    taken = 0
    for ids, mask in zip(batch["input_ids"], batch["attention_mask"], strict=True):
        ids = ids[mask.bool()][None]
        count = int((ids == WORDS.index("<img>")).sum())
        row = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if count:
            row["pixel_values"] = batch["pixel_values"][taken : taken + count]
        taken += count
        yield row
