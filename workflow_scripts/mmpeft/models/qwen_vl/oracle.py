"""Compare the class with values that the original model code computed.

An oracle folder holds `config.json` and weights in the original layout, the images as
`image<i>.png`, and `io.npz` with, for each case i, `input_ids_i` [T] and any of `pixel_values_i`
[3, side, side] or [I, 3, side, side], `image_tokens_i` [Q, D] or [I, Q, D], `logits_i`
[T, vocabulary] and `greedy_i` [new tokens].
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from huggingface_hub.errors import StrictDataclassError
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor

from .loading import load_original
from .modeling import QwenVLForConditionalGeneration
from .processing import build_image_processor

TOLERANCES = {
    "pixel_values": 1e-5,
    "image_tokens": 1e-4,
    "logits": 1e-4,
    "greedy": 0.0,  # number of differing tokens
}


class OracleError(ValueError):
    """The folder is not an oracle that can be compared."""


@dataclass(frozen=True)
class Difference:
    """Largest absolute difference of one quantity in one case."""

    case: int
    quantity: str
    largest: float

    @property
    def within(self) -> bool:
        """False beyond tolerance, and for NaN."""
        return self.largest <= TOLERANCES[self.quantity]


def compare(folder: Path) -> list[Difference]:
    """All differences, case by case. Raises OracleError if the folder cannot be compared."""
    values = _read_values(folder)
    cases = sorted(int(key.rsplit("_", 1)[1]) for key in values if key.startswith("input_ids_"))
    if not cases:
        raise OracleError(f"{folder / 'io.npz'} has no input_ids_0")
    try:
        model = load_original(folder)
    except (OSError, ValueError, TypeError, SafetensorError, StrictDataclassError) as error:
        raise OracleError(f"{folder}: cannot load the model: {error}") from error
    differences = []
    for case in cases:
        expected = {
            name: values[f"{name}_{case}"] for name in TOLERANCES if f"{name}_{case}" in values
        }
        if not expected.keys() & {"image_tokens", "logits", "greedy"}:
            raise OracleError(f"{folder / 'io.npz'}: nothing to compare for input_ids_{case}")
        picture = folder / f"image{case}.png"
        differences += _compare_case(model, case, values[f"input_ids_{case}"], expected, picture)
    return differences


def _read_values(folder: Path) -> Mapping[str, np.ndarray]:
    for name in ("config.json", "io.npz"):
        if not (folder / name).is_file():
            raise OracleError(f"{folder} has no {name}")
    try:
        with np.load(folder / "io.npz", allow_pickle=False) as archive:
            return dict(archive)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise OracleError(f"{folder / 'io.npz'} cannot be read: {error}") from error


@torch.inference_mode()
def _compare_case(
    model: QwenVLForConditionalGeneration,
    case: int,
    input_ids: np.ndarray,
    expected: Mapping[str, np.ndarray],
    picture: Path,
) -> Iterator[Difference]:
    ids = torch.from_numpy(input_ids).long()[None]
    pixels = None
    if "pixel_values" in expected:
        side = expected["pixel_values"].shape[-1]
        pixels = torch.from_numpy(expected["pixel_values"]).float().reshape(-1, 3, side, side)
        if picture.is_file() and len(pixels) == 1:
            with Image.open(picture) as image:
                found = build_image_processor(side)(image, return_tensors="pt")["pixel_values"]
            yield Difference(case, "pixel_values", _largest(found, pixels))
    try:
        if "image_tokens" in expected:
            if pixels is None:
                raise OracleError(f"image_tokens_{case} without pixel_values_{case}")
            tokens = torch.from_numpy(expected["image_tokens"]).reshape(
                len(pixels), -1, model.config.hidden_size
            )
            found = model.transformer.visual(pixels)
            yield Difference(case, "image_tokens", _largest(found, tokens))
        if "logits" in expected:
            logits = model(input_ids=ids, pixel_values=pixels).logits[0]
            yield Difference(case, "logits", _largest(logits, torch.from_numpy(expected["logits"])))
        if "greedy" in expected:
            wanted = torch.from_numpy(expected["greedy"]).long()
            output = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                pixel_values=pixels,
                max_new_tokens=len(wanted),
                do_sample=False,
                eos_token_id=None,
            )
            wrong = (output[0, ids.shape[1] :] != wanted).sum()
            yield Difference(case, "greedy", float(wrong))
    except (ValueError, IndexError, RuntimeError) as error:
        raise OracleError(f"case {case} does not fit the model: {error}") from error


def _largest(found: Tensor, expected: Tensor) -> float:
    """Largest absolute difference, NaN if any is NaN. Raises OracleError for unequal shapes."""
    if found.shape != expected.shape:
        raise OracleError(f"shapes differ: {list(found.shape)}, oracle {list(expected.shape)}")
    return float((found.double() - expected.double()).abs().max())
