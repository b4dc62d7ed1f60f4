"""From a published checkpoint to the folder of a base, as `load_base` reads it."""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from transformers import LlavaConfig

from mmpeft.datasets.sources.lock import MANIFEST, check_fetched
from mmpeft.files import whole_folder, write_json
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

RECORD = "preparation.json"


class Tower(NamedTuple):
    """A visual tower that is published apart: its hub id and folder, and OpenAI's CLIP."""

    hub: str
    folder: Path
    openai: Path


def prepare_base(
    family: str, hubs: Mapping[str, str], downloads: Path, locks: Path, out: Path
) -> None:
    """Write model, tokenizer and processor of a downloaded checkpoint to `out`, all or nothing.

    family: as a study names it; hubs: as `Study.hubs` gives them, each in a folder of that name in
    `downloads`, with its lock file in `locks`. LLaVA in the layout of its authors needs a tower;
    the model then becomes one of transformers, and so does Qwen-VL. LLaVA of llava-hf keeps its
    weights, but gets tokenizer and images as its authors have them. A declared model stays as it
    is. `preparation.json` beside them has the revision and checksums of what they were made from.
    Raises SourceError for a download that is not what its lock says, ValueError for a checkpoint
    that does not fit.
    """
    prepare = {"llava": _llava, "qwen_vl": _qwen_vl}.get(family, _as_it_is)
    fetched = {
        hub: check_fetched(hub, downloads / hub, locks / f"{hub}.json") for hub in hubs.values()
    }
    folders = {role: downloads / hub for role, hub in hubs.items()}
    tower = None
    if "tower" in hubs:
        tower = Tower(hubs["tower"], folders["tower"], folders["openai_tower"])
    with whole_folder(out) as part:
        prepare(folders["checkpoint"], tower, part)
        sources = {hub: asdict(lock) for hub, lock in fetched.items()}
        write_json(part / RECORD, {"family": family, "sources": sources})


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
    """Hard links to the files of a download, or copies where the file system has none."""
    found = {file for pattern in patterns for file in source.glob(pattern) if file.is_file()}
    for file in found - {source / MANIFEST}:
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copy2(file, target / file.name)
