"""Load a base model and its processor from a local folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, ProcessorMixin

from mmpeft.models.families import FAMILIES

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def load_base(
    settings: Mapping[str, Any], precision: str = "float32"
) -> tuple[PreTrainedModel, ProcessorMixin]:
    """The model in evaluation mode and its processor.

    settings: `family`, and `base`, a folder as `save_pretrained` writes it; weights of any stored
    precision become `precision`. Never asks the network. Raises FileNotFoundError if the folder is
    not a model, ValueError if it is of another family or its weights are incomplete.
    """
    folder, family = Path(settings["base"]), FAMILIES[settings["family"]]
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{folder} is not a model folder: it has no config.json")
    model_type = json.loads((folder / "config.json").read_text())["model_type"]
    if model_type != family.name:
        raise ValueError(f"{folder} holds a {model_type}, but the study says {family.name}")
    model_class, processor_class = _classes(family.name)
    model, report = model_class.from_pretrained(
        folder, dtype=PRECISIONS[precision], local_files_only=True, output_loading_info=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            raise ValueError(f"weights in {folder} do not fit: {kind} {sorted(report[kind])[:5]}")
    processor = processor_class.from_pretrained(folder, local_files_only=True)
    return model.eval(), processor


def _classes(family: str) -> tuple[type[PreTrainedModel], type[ProcessorMixin]]:
    """Import one family only: transformers loads a model's code when it is asked for."""
    if family == "llava":
        from transformers import LlavaForConditionalGeneration, LlavaProcessor

        return LlavaForConditionalGeneration, LlavaProcessor
    from mmpeft.models.qwen_vl import QwenVLForConditionalGeneration, QwenVLProcessor

    return QwenVLForConditionalGeneration, QwenVLProcessor
