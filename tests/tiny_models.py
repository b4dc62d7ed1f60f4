"""Random models of every family, small enough to build in milliseconds, and batches for them."""

from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor, nn
from transformers import (
    BatchFeature,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    ProcessorMixin,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from mmpeft.models.families import family_of
from mmpeft.models.qwen_vl import QwenVLConfig, QwenVLForConditionalGeneration, QwenVLProcessor

# What a study says of these models; their vocabulary has no words of a system sentence but Qwen's.
SETTINGS = {"llava": {"family": "llava", "chat": "plain"}, "qwen_vl": {"family": "qwen_vl"}}
FAMILIES = {name: family_of(settings) for name, settings in SETTINGS.items()}
FAMILY_NAMES = tuple(FAMILIES)
SPECIAL = (
    "<pad>",
    "<unk>",
    "</s>",
    "<image>",
    "<img>",
    "</img>",
    "<imgpad>",
    "<|im_start|>",
    "<|im_end|>",
)
WORDS = (
    "USER ASSISTANT system user assistant You are a helpful Picture What colour is the shape ? : . "
    "1 2 3 red green blue circle square A B C big small left right of how many yes no"
)
END = {"llava": "</s>", "qwen_vl": "<|im_end|>"}
SIDE, PATCH, IMAGE_TOKENS = 8, 4, 4


def tokenizer(family: str) -> PreTrainedTokenizerFast:
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys((*SPECIAL, *WORDS.split())))}
    word_level = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    word_level.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=word_level,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token=END[family],
        additional_special_tokens=[token for token in SPECIAL[2:] if token != END[family]],
        padding_side="left",
    )


def processor(family: str) -> ProcessorMixin:
    images = CLIPImageProcessorPil(
        do_resize=False, do_center_crop=False, size={"height": SIDE, "width": SIDE}
    )
    if family == "qwen_vl":
        return QwenVLProcessor(
            image_processor=images, tokenizer=tokenizer(family), n_queries=IMAGE_TOKENS
        )
    return LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer(family),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


def _llava() -> LlavaForConditionalGeneration:
    words = tokenizer("llava")
    return LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=CLIPVisionConfig(
                hidden_size=8,
                intermediate_size=20,
                num_hidden_layers=3,
                num_attention_heads=2,
                image_size=SIDE,
                patch_size=PATCH,
                projection_dim=8,
            ),
            text_config=LlamaConfig(
                vocab_size=len(words),
                hidden_size=16,
                intermediate_size=28,
                num_hidden_layers=2,
                num_attention_heads=4,
                num_key_value_heads=2,
                max_position_embeddings=128,
                bos_token_id=None,
                eos_token_id=words.eos_token_id,
                pad_token_id=words.pad_token_id,
            ),
            image_token_index=words.convert_tokens_to_ids("<image>"),
            image_seq_length=IMAGE_TOKENS,
            vision_feature_layer=-2,
        )
    )


def _qwen_vl() -> QwenVLForConditionalGeneration:
    words = tokenizer("qwen_vl")
    return QwenVLForConditionalGeneration(
        QwenVLConfig(
            vocab_size=len(words),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            kv_channels=8,
            intermediate_size=2 * 28,
            seq_length=128,
            max_position_embeddings=128,
            pad_token_id=words.pad_token_id,
            eos_token_id=words.eos_token_id,
            visual={
                "image_size": SIDE,
                "patch_size": PATCH,
                "width": 8,
                "heads": 2,
                "layers": 2,
                "mlp_ratio": 2.5,
                "output_dim": 16,
                "n_queries": IMAGE_TOKENS,
                "position_count": 4,
                "resampler_heads": 2,
                "image_start_id": words.convert_tokens_to_ids("<img>"),
            },
        )
    )


def model(family: str) -> PreTrainedModel:
    """Always the same weights, large enough that every path through the model matters."""
    return deepcopy(_model(family))


@cache
def _model(family: str) -> PreTrainedModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tiny = {"llava": _llava, "qwen_vl": _qwen_vl}[family]()
    for name, parameter in tiny.named_parameters():
        if "norm" not in name and "ln_" not in name:
            scatter(parameter, name, scale=0.2)
    return tiny.eval()


@torch.no_grad()
def scatter(parameter: nn.Parameter, name: str, scale: float) -> None:
    """Add noise that depends on the name alone."""
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    noise = torch.randn(parameter.shape, generator=generator)
    parameter.add_(scale * noise)


def disturb(tuned: nn.Module) -> None:
    """Move every trained parameter away from its start, so that no path is an identity."""
    for name, parameter in tuned.named_parameters():
        if parameter.requires_grad:
            scatter(parameter, name, scale=0.3)


def image(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def inputs(family: str, prompts: list[str], images: list[Any], **kwargs: Any) -> BatchFeature:
    """prompts: as `Family.chat` writes them. images: one or None per prompt."""
    present = [one for one in images if one is not None]
    return processor(family)(
        text=prompts, images=present or None, return_tensors="pt", padding=True, **kwargs
    )


def training_batch(family: str, prompts: list[str], images: list[Any]) -> dict[str, Tensor]:
    """Right-padded inputs with labels on every real token."""
    batch = dict(inputs(family, prompts, images, padding_side="right"))
    batch.pop("token_type_ids", None)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    return {**batch, "labels": labels}
