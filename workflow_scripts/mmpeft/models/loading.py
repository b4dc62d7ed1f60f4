"""Load a base model and its processor from a local folder."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import AutoImageProcessor, PreTrainedModel, ProcessorMixin

from mmpeft.models.chats import chat_of
from mmpeft.models.families import DECLARED, family_of
from mmpeft.models.family import Family

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Base(NamedTuple):
    """A base model in evaluation mode, its processor, and what is known of its family."""

    model: PreTrainedModel
    processor: ProcessorMixin
    family: Family


def load_base(settings: Mapping[str, Any], precision: str = "float32") -> Base:
    """Load what `settings` describe.

    settings: `base`, a folder as `save_pretrained` writes it, and what `family_of` reads; weights
    of any stored precision become `precision`. A declared family has the chat of its processor.
    Never asks the network. Raises FileNotFoundError if the folder is not a model, ValueError if it
    is of another family, its weights are incomplete, or its tokenizer does not know the chat.
    """
    folder, family = Path(settings["base"]), family_of(settings)
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{folder} is not a model folder: it has no config.json")
    model_type = json.loads((folder / "config.json").read_text())["model_type"]
    if family.name not in (model_type, DECLARED):
        raise ValueError(f"{folder} holds a {model_type}, but the study says {family.name}")
    model_class, processor_class = _classes(family.name)
    model, report = model_class.from_pretrained(
        folder, dtype=PRECISIONS[precision], local_files_only=True, output_loading_info=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            raise ValueError(f"weights in {folder} do not fit: {kind} {sorted(report[kind])[:5]}")
    processor = processor_class.from_pretrained(folder, local_files_only=True)
    if family.image_by_image:
        # As the original models do. Where torchvision is installed it would resize otherwise.
        processor.image_processor = AutoImageProcessor.from_pretrained(
            folder, backend="pil", local_files_only=True
        )
    if family.chat is None:
        family = replace(family, chat=chat_of(processor))
    _check_chat(processor.tokenizer, family, folder)
    return Base(model.eval(), processor, family)


def _check_chat(tokenizer: Any, family: Family, folder: Path) -> None:
    """A chat whose words the tokenizer lacks is that of another model."""
    text = family.chat.opening(has_image=False) + family.chat.answer("")
    if tokenizer.unk_token_id is not None and tokenizer.unk_token_id in tokenizer(text).input_ids:
        raise ValueError(
            f"the tokenizer of {folder} lacks words of the chat {family.chat.opening(False)!r}: "
            f"set `chat` to that which the model was trained with ({', '.join(family.chats)})"
        )


def _classes(family: str) -> tuple[type, type]:
    """Import one family only: transformers loads a model's code when it is asked for."""
    if family == "llava":
        from transformers import LlavaForConditionalGeneration, LlavaProcessor

        return LlavaForConditionalGeneration, LlavaProcessor
    if family == "qwen_vl":
        from mmpeft.models.qwen_vl import QwenVLForConditionalGeneration, QwenVLProcessor

        return QwenVLForConditionalGeneration, QwenVLProcessor
    from transformers import AutoModelForImageTextToText, AutoProcessor

    return AutoModelForImageTextToText, AutoProcessor
