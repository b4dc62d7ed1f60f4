"""Load checkpoints in the original layout: original `config.json`, original key names.

Module names equal the original keys, so this is a strict load; nothing is renamed or converted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import torch

from .configuration import QwenVLConfig
from .modeling import QwenVLForConditionalGeneration

# Names of the remote code's classes, meaningless here.
FOREIGN_KEYS = ("architectures", "auto_map", "model_type", "tokenizer_type", "transformers_version")


def original_config(folder: Path) -> QwenVLConfig:
    """Config of a folder in the original layout. Raises ValueError if it is no Qwen-VL config."""
    values = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if "visual" not in values:
        raise ValueError(
            f"{folder / 'config.json'} has no 'visual' section: not a Qwen-VL checkpoint"
        )
    return QwenVLConfig(**{key: val for key, val in values.items() if key not in FOREIGN_KEYS})


def load_original(
    folder: Path, dtype: torch.dtype | Literal["auto"] = torch.float32
) -> QwenVLForConditionalGeneration:
    """Model in evaluation mode from safetensors or .bin files (sharded or not; `weights_only`).

    dtype: of the loaded weights; "auto" keeps that in which they are stored.
    Raises ValueError unless the checkpoint's keys and shapes are exactly the model's.
    """
    model, report = QwenVLForConditionalGeneration.from_pretrained(
        folder,
        config=original_config(folder),
        dtype=dtype,
        local_files_only=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,
    )
    faults = {name: sorted(map(str, keys)) for name, keys in report.items() if keys}
    if faults:
        text = "; ".join(f"{name} {keys[:5]} ({len(keys)})" for name, keys in faults.items())
        raise ValueError(f"{folder} does not fit its config.json: {text}")
    return model.eval()
