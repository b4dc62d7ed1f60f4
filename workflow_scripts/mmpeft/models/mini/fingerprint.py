"""A fingerprint of all that shapes a base: its recipe, its vocabulary and the data it draws."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from PIL import Image

from mmpeft.models.mini.recipe import RECIPES
from mmpeft.models.mini.stage_data import stage_data
from mmpeft.models.mini.vocabulary import vocabulary

_SAMPLED_ITEMS = 128  # per stage: enough to notice a change of wording, drawing or proportions


def _canonical(item: Any) -> bytes:
    """Bytes that change whenever a drawn item does."""
    if isinstance(item, Image.Image):
        return item.tobytes()
    if hasattr(item, "__dataclass_fields__"):
        item = tuple(getattr(item, name) for name in item.__dataclass_fields__)
    if isinstance(item, tuple):
        return b"|".join(_canonical(part) for part in item)
    return item.tobytes() if hasattr(item, "tobytes") else repr(item).encode()


def fingerprint(name: str) -> str:
    """16 hex digits over the recipe `name`, the recipe it starts from, and samples of its data.

    The data is hashed as drawn, not the code that draws it: a tidier source is the same recipe.
    """
    recipe = RECIPES[name]
    digest = hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode())
    digest.update(json.dumps(vocabulary()).encode())
    if recipe.start is not None:
        digest.update(fingerprint(recipe.start).encode())
    for stage in recipe.stages:
        data = stage_data(stage)
        for index in range(0, len(data), max(1, len(data) // _SAMPLED_ITEMS)):
            digest.update(_canonical(data[index]))
    return digest.hexdigest()[:16]
