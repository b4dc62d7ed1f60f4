"""Random models that a study would declare: other architectures, with their own processors.

The processors are those of transformers but for their part for videos, which needs torchvision.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MethodType
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoModelForImageTextToText,
    LlavaOnevisionConfig,
    LlavaOnevisionProcessor,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    ProcessorMixin,
    Qwen2_5_VLConfig,
    Qwen2_5_VLProcessor,
    SmolVLMConfig,
    SmolVLMProcessor,
)
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import (
    LlavaOnevisionImageProcessorPil,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from mmpeft.models.chats import chat_of
from mmpeft.models.families import family_of
from mmpeft.models.family import Family
from tiny_models import WORDS, scatter

SPECIAL = {
    "qwen2_5_vl": (
        "<|im_start|>",
        "<|im_end|>",
        "<|vision_start|>",
        "<|vision_end|>",
        "<|image_pad|>",
        "<|video_pad|>",
    ),
    "smolvlm": (
        "<|im_start|>",
        "<end_of_utterance>",
        "<image>",
        "<fake_token_around_image>",
        "<global-img>",
        *(f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)),
    ),
    "llava_onevision": ("<|im_start|>", "<|im_end|>", "<image>", "<video>"),
}

_PARTS = (
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE"
    "{% else %}TEXT{{ part['text'] }}{% endif %}{% endfor %}"
)
_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    + _PARTS.replace("TEXT", "")
    + "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_SMOL = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}:"
    + _PARTS.replace("TEXT", " ").replace("IMAGE", "<image>")
    + "<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
TEMPLATES = {
    "qwen2_5_vl": _CHATML.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"),
    "smolvlm": _SMOL,
    "llava_onevision": _CHATML.replace("IMAGE", "<image>\n"),
}

# What a study says of each.
MODULES = {
    "qwen2_5_vl": {
        "decoder_layer": r"model\.language_model\.layers\.\d+",
        "connector": r"model\.visual\.merger\..*",
        "visual_encoder": r"model\.visual\..*",
    },
    "smolvlm": {
        "decoder_layer": r"model\.text_model\.layers\.\d+",
        "connector": r"model\.connector\..*",
        "visual_encoder": r"model\.vision_model\..*",
    },
    "llava_onevision": {
        "decoder_layer": r"model\.language_model\.layers\.\d+",
        "connector": r"model\.(?:multi_modal_projector\..*|image_newline)",
        "visual_encoder": r"model\.vision_tower\..*",
    },
}


class ImagesOfQwen(Qwen2_5_VLProcessor):
    def __init__(self, image_processor=None, tokenizer=None, chat_template=None):
        self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)


class ImagesOfSmolVLM(SmolVLMProcessor):
    def __init__(self, image_processor=None, tokenizer=None, chat_template=None):
        self.fake_image_token, self.image_token = "<fake_token_around_image>", "<image>"
        self.global_image_token, self.video_token = "<global-img>", "<video>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.end_of_utterance_token = "<end_of_utterance>"
        self.image_seq_len = 4
        # that of SmolVLM asks its video processor how many frames to show
        self.apply_chat_template = MethodType(ProcessorMixin.apply_chat_template, self)
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)


class ImagesOfOnevision(LlavaOnevisionProcessor):
    def __init__(self, image_processor=None, tokenizer=None, chat_template=None):
        self.image_token, self.video_token = "<image>", "<video>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        self.num_image_tokens, self.vision_feature_select_strategy = 4, "full"
        self.vision_aspect_ratio = "anyres_max_9"
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)


def tokenizer(name: str) -> PreTrainedTokenizerFast:
    special = ("<pad>", "<unk>", *SPECIAL[name])
    words = dict.fromkeys((*special, *WORDS.split(), "User", "Assistant"))
    word_level = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>")
    )
    word_level.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=word_level,
        pad_token="<pad>",
        unk_token="<unk>",
        additional_special_tokens=list(SPECIAL[name]),
        model_input_names=["input_ids", "attention_mask"],
    )


def processor(name: str) -> ProcessorMixin:
    images: dict[str, tuple[type, Callable[[], Any]]] = {
        "qwen2_5_vl": (
            ImagesOfQwen,
            lambda: Qwen2VLImageProcessorPil(
                patch_size=4, merge_size=2, temporal_patch_size=2, min_pixels=64, max_pixels=256
            ),
        ),
        "smolvlm": (
            ImagesOfSmolVLM,
            lambda: SmolVLMImageProcessorPil(
                size={"longest_edge": 32}, max_image_size={"longest_edge": 16}
            ),
        ),
        "llava_onevision": (
            ImagesOfOnevision,
            lambda: LlavaOnevisionImageProcessorPil(
                size={"height": 8, "width": 8},
                image_grid_pinpoints=[[8, 8], [8, 16], [16, 8], [16, 16]],
            ),
        ),
    }
    kind, image_processor = images[name]
    return kind(image_processor(), tokenizer(name), chat_template=TEMPLATES[name])


def _text(size: int) -> dict[str, Any]:
    return {
        "vocab_size": size,
        "hidden_size": 16,
        "intermediate_size": 28,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "pad_token_id": 0,
        "bos_token_id": None,
        "eos_token_id": None,
    }


def config(name: str) -> Any:
    words = tokenizer(name)
    ids = words.convert_tokens_to_ids
    text, siglip = _text(len(words)), {"hidden_size": 8, "intermediate_size": 20, "patch_size": 4}
    siglip |= {"num_hidden_layers": 2, "num_attention_heads": 2}
    if name == "qwen2_5_vl":
        rope = {"rope_type": "default", "mrope_section": [1, 0, 1], "rope_theta": 10000.0}
        vision = {"hidden_size": 8, "intermediate_size": 20, "depth": 2, "num_heads": 2}
        vision |= {"patch_size": 4, "window_size": 16, "fullatt_block_indexes": [1]}
        vision |= {"out_hidden_size": 16, "spatial_merge_size": 2, "temporal_patch_size": 2}
        return Qwen2_5_VLConfig(
            text_config={**text, "rope_parameters": rope},
            vision_config=vision,
            image_token_id=ids("<|image_pad|>"),
            video_token_id=ids("<|video_pad|>"),
            vision_start_token_id=ids("<|vision_start|>"),
            vision_end_token_id=ids("<|vision_end|>"),
        )
    if name == "smolvlm":
        return SmolVLMConfig(
            text_config={**text, "model_type": "llama"},
            vision_config={**siglip, "image_size": 16},
            image_token_id=ids("<image>"),
            scale_factor=2,
            pad_token_id=0,
        )
    return LlavaOnevisionConfig(
        text_config={**text, "model_type": "qwen2"},
        vision_config={
            **siglip,
            "model_type": "siglip_vision_model",
            "image_size": 8,
            "vision_use_head": False,
        },
        image_token_id=ids("<image>"),
        video_token_id=ids("<video>"),
        image_grid_pinpoints=[[8, 8], [8, 16], [16, 8], [16, 16]],
        vision_feature_layer=-1,
    )


def model(name: str) -> PreTrainedModel:
    """Always the same weights, large enough that every path through the model matters."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tiny = AutoModelForImageTextToText.from_config(config(name))
    for parameter_name, parameter in tiny.named_parameters():
        if "norm" not in parameter_name:
            scatter(parameter, parameter_name, scale=0.2)
    return tiny.eval()


@dataclass(frozen=True)
class Declared:
    """All that `load_base` would give, for a declared model."""

    model: PreTrainedModel
    processor: ProcessorMixin
    family: Family


def settings(name: str) -> Mapping[str, Any]:
    return {"family": "declared", "modules": MODULES[name]}


def load(name: str) -> Declared:
    one = processor(name)
    return Declared(model(name), one, replace(family_of(settings(name)), chat=chat_of(one)))
