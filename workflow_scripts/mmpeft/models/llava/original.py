"""Checkpoints in the layout of the LLaVA authors, as those of ShareGPT4V, for transformers.

Such a checkpoint holds language model and projector. The visual tower is published apart, and as
towers of one shape fit whatever they have learnt, the right one is made sure of.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from torch import Tensor
from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
)

from mmpeft.models.llava.processing import FEATURE_LAYER
from mmpeft.models.weights import read_weights

# llava-hf pads its vocabulary to a multiple of 64 behind `<image>` and `<pad>`.
ADDED_ROWS = 64
# Original name -> name in transformers; the tower's own names stay.
RENAMED = (
    (r"model\.mm_projector\.0\.(.*)", r"model.multi_modal_projector.linear_1.\1"),
    (r"model\.mm_projector\.2\.(.*)", r"model.multi_modal_projector.linear_2.\1"),
    (r"model\.((?:layers|embed_tokens|norm)\..*)", r"model.language_model.\1"),
    (r"(lm_head\.weight)", r"\1"),
)
# Buffers that old versions stored and the model computes.
COMPUTED = r".*(?:rotary_emb\.inv_freq|position_ids)"
GROWN = ("model.language_model.embed_tokens.weight", "lm_head.weight")


class WrongTower(ValueError):
    """The visual tower is not that of the checkpoint."""


def is_original(folder: Path) -> bool:
    """Whether a folder is in the layout of the LLaVA authors."""
    return "mm_vision_tower" in _config(folder)


def convert(
    checkpoint: Path, tower: Path, tower_id: str, openai_tower: Path
) -> LlavaForConditionalGeneration:
    """The model of an original checkpoint and its visual tower, in their stored precision.

    tower_id: hub id of `tower`. openai_tower: OpenAI's CLIP, which `tower` must not be. Raises
    WrongTower if the checkpoint names another tower or `tower` has OpenAI's weights, ValueError if
    names or shapes of the weights are not exactly those of the model.
    """
    values = _config(checkpoint)
    vision = read_weights(tower)
    check_tower(values["mm_vision_tower"], tower_id, vision, read_weights(openai_tower))
    config = llava_config(values, _config(tower))
    weights = {
        **renamed(read_weights(checkpoint)),
        **{f"model.vision_tower.{name}": value for name, value in _vision(vision).items()},
    }
    for name in GROWN:
        weights[name] = grown(weights[name], config.text_config.vocab_size)
    with init_empty_weights():  # buffers, which no checkpoint holds, are made as usual
        model = LlavaForConditionalGeneration(config)
    _check(model.state_dict(), weights)
    model.load_state_dict(weights, assign=True)
    return model


def check_tower(
    wanted: str, tower_id: str, tower: Mapping[str, Tensor], openai: Mapping[str, Tensor]
) -> None:
    """Raise WrongTower unless the tower is the one the checkpoint names, and not OpenAI's CLIP.

    wanted: `mm_vision_tower` of the checkpoint, a hub id or a path that ends in its name. The
    weights are compared as well, to the precision of bfloat16, since a copy can have any name.
    """
    name = tower_id.rpartition("/")[2]
    if wanted.rstrip("/").rpartition("/")[2] != name:
        raise WrongTower(f"the checkpoint was trained with {wanted}, not with {tower_id}")
    ours, theirs = _vision(tower), _vision(openai)
    if ours.keys() == theirs.keys() and all(_same(ours[key], theirs[key]) for key in ours):
        raise WrongTower(f"{tower_id} holds the weights of OpenAI's CLIP, not its own")


def llava_config(values: Mapping[str, Any], tower: Mapping[str, Any]) -> LlavaConfig:
    """Config for transformers, of the configs of an original checkpoint and its tower.

    Raises ValueError if the checkpoint has another projector or features than LLaVA-1.5.
    """
    for key, known in (
        ("mm_projector_type", "mlp2x_gelu"),
        ("mm_vision_select_layer", FEATURE_LAYER),
        ("mm_vision_select_feature", "patch"),
    ):
        if values.get(key, known) != known:
            raise ValueError(f"{key} must be {known}, the checkpoint has {values[key]}")
    vocabulary = values["vocab_size"]
    text = {key: values[key] for key in LlamaConfig().to_dict() if key in values}
    vision = tower.get("vision_config", tower)
    return LlavaConfig(
        text_config=LlamaConfig(**_without_names(text) | {"vocab_size": vocabulary + ADDED_ROWS}),
        vision_config=CLIPVisionConfig(**_without_names(vision)),
        image_token_index=vocabulary,
        image_seq_length=(vision["image_size"] // vision["patch_size"]) ** 2,
        vision_feature_layer=FEATURE_LAYER,
        vision_feature_select_strategy="default",
        projector_hidden_act="gelu",
        tie_word_embeddings=False,
    )


def renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of language model and projector by their names in transformers.

    Raises ValueError for a name that is none of them.
    """
    found = {}
    for name, value in weights.items():
        if re.fullmatch(COMPUTED, name):
            continue
        new = next((re.sub(old, to, name) for old, to in RENAMED if re.fullmatch(old, name)), None)
        if new is None:
            raise ValueError(f"{name} belongs neither to the language model nor to the projector")
        found[new] = value
    return found


def grown(table: Tensor, rows: int) -> Tensor:
    """[V, D] -> [rows, D]: new rows are the mean of the old ones.

    As rows of the head they give the mean logit, so that no new token is ever the likeliest.
    """
    mean = table.float().mean(dim=0, keepdim=True).to(table.dtype)
    return torch.cat([table, mean.expand(rows - len(table), -1)])


def _vision(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The visual half of CLIP, also of one stored alone."""
    stored = {n: value for n, value in weights.items() if not re.fullmatch(COMPUTED, n)}
    prefix = "vision_model." if any(name.startswith("vision_model.") for name in stored) else ""
    return {n.removeprefix(prefix): value for n, value in stored.items() if n.startswith(prefix)}


def _same(first: Tensor, second: Tensor) -> bool:
    """Equal but for a rounding to bfloat16 or float16."""
    return first.shape == second.shape and torch.allclose(
        first.float(), second.float(), rtol=2**-7, atol=1e-6
    )


def _config(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def _without_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Names of classes and of what wrote a file mean nothing here."""
    foreign = ("architectures", "model_type", "transformers_version", "torch_dtype", "dtype")
    return {key: value for key, value in values.items() if key not in foreign}


def _check(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    if wanted.keys() != given.keys():
        missing, odd = sorted(wanted.keys() - given.keys()), sorted(given.keys() - wanted.keys())
        raise ValueError(f"weights do not fit: missing {missing[:5]}, unexpected {odd[:5]}")
    for name, value in given.items():
        if value.shape != wanted[name].shape:
            raise ValueError(
                f"{name} is {list(value.shape)}, its config says {list(wanted[name].shape)}"
            )
