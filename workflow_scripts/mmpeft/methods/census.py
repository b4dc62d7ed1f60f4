"""Parameters of a model and of the methods on it, counted on its modules without weights."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForImageTextToText, PreTrainedModel

import mmpeft.models.qwen_vl  # noqa: F401 - registers its classes
from mmpeft.methods.attach import attach
from mmpeft.methods.groups import BASE_GROUPS
from mmpeft.methods.manifest import trainable_manifest
from mmpeft.models.families import family_of
from mmpeft.models.family import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A method on a model: scalars in all, of the input embedding, of the method and connector.

    layers, width: of the language model. `total` holds the scalars of the method.
    """

    method: str
    location: str | None
    total: int
    input_embedding: int
    layers: int
    width: int
    own: int
    connector: int

    @property
    def base(self) -> int:
        """Scalars of the model alone."""
        return self.total - self.own

    def trainable(self, connector: str) -> int:
        """Scalars trained with the connector "frozen" or "tuned"."""
        return self.own + (self.connector if connector == "tuned" else 0)


def census(
    model: Mapping[str, Any], methods: Iterable[Mapping[str, Any]], vocabulary: int | None = None
) -> list[Count]:
    """Attach each method to a model built from its config on torch's meta device, and count.

    model: `base`, a folder with a config, and what `family_of` reads. methods: settings of methods.
    vocabulary: rows of embedding and head, if not as many as in the config.
    """
    config = AutoConfig.from_pretrained(model["base"], local_files_only=True)
    if vocabulary is not None:
        config.get_text_config().vocab_size = vocabulary
    with torch.device("meta"):
        base = AutoModelForImageTextToText.from_config(config)
        return [_count(deepcopy(base), family_of(model), method) for method in methods]


def _count(base: PreTrainedModel, family: Family, method: Mapping[str, Any]) -> Count:
    settings = {
        "method": method,
        **dict.fromkeys(BASE_GROUPS, "frozen"),
        "connector": "tuned",
        "seeds": {"init": 0},
    }
    manifest = trainable_manifest(attach(base, family, settings), family)
    return Count(
        method=method["name"],
        location=method["location"],
        own=manifest["groups"]["method"],
        connector=manifest["groups"]["connector"],
        **{name: manifest[name] for name in ("total", "input_embedding", "layers", "width")},
    )
