"""From a published checkpoint to the folder of a base, as `load_base` reads it."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from transformers import LlavaConfig

from mmpeft.files import whole_folder
from mmpeft.models.llava import original
from mmpeft.models.llava import processing as llava
from mmpeft.models.qwen_vl import (
    QwenVLProcessor,
    QwenVLVisualConfig,
    build_image_processor,
    load_original,
    original_config,
)
from mmpeft.models.qwen_vl import tokenizer as qwen
from mmpeft.models.qwen_vl.processing import IMAGE_START


class Tower(NamedTuple):
    """A visual tower that is published apart: its hub id and folder, and OpenAI's CLIP."""

    hub: str
    folder: Path
    openai: Path


def prepare_base(family: str, checkpoint: Path, tower: Tower | None, out: Path) -> None:
    """Write model, tokenizer and processor of a downloaded checkpoint to `out`, all or nothing.

    family: as a study names it. LLaVA in the layout of its authors needs a `tower`; the model then
    becomes one of transformers, and so does Qwen-VL. LLaVA of llava-hf keeps its weights, but gets
    tokenizer and images as its authors have them. A declared model stays as it is. Raises
    ValueError for a checkpoint that does not fit.
    """
    prepare = {"llava": _llava, "qwen_vl": _qwen_vl}.get(family, _as_it_is)
    with whole_folder(out) as part:
        prepare(checkpoint, tower, part)


def _llava(checkpoint: Path, tower: Tower | None, out: Path) -> None:
    if original.is_original(checkpoint):
        if tower is None:
            raise ValueError(
                f"{checkpoint} holds no visual tower: name it as `visual_tower` of the model"
            )
        model = original.convert(checkpoint, tower.folder, tower.hub, tower.openai)
        model.save_pretrained(out)
        config = model.config
    elif tower is not None:
        raise ValueError(f"{checkpoint} has a visual tower of its own, besides {tower.hub}")
    else:
        _link(checkpoint, out, ("*.safetensors", "*.safetensors.index.json", "config.json"))
        config = LlavaConfig.from_pretrained(out, local_files_only=True)
    tokenizer = llava.build_tokenizer(checkpoint / "tokenizer.model")
    llava.build_processor(tokenizer, config).save_pretrained(out)


def _qwen_vl(checkpoint: Path, tower: Tower | None, out: Path) -> None:
    visual, ranks = original_config(checkpoint).visual, checkpoint / "qwen.tiktoken"
    if visual.image_start_id == QwenVLVisualConfig().image_start_id:
        qwen.check_vocabulary(ranks)
    tokenizer = qwen.build_tokenizer(ranks)
    image_start = tokenizer.convert_tokens_to_ids(IMAGE_START)
    if image_start != visual.image_start_id:
        raise ValueError(
            f"{IMAGE_START} is {visual.image_start_id} to the model, {image_start} to {ranks}"
        )
    load_original(checkpoint, dtype="auto").save_pretrained(out)
    processor = QwenVLProcessor(
        image_processor=build_image_processor(visual.image_size),
        tokenizer=tokenizer,
        n_queries=visual.n_queries,
    )
    processor.save_pretrained(out)


def _as_it_is(checkpoint: Path, tower: Tower | None, out: Path) -> None:
    _link(checkpoint, out, ("*",))


def _link(source: Path, target: Path, patterns: Iterable[str]) -> None:
    """Hard links to the files of a folder, or copies where the file system has none."""
    for file in {file for pattern in patterns for file in source.glob(pattern) if file.is_file()}:
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copy2(file, target / file.name)
