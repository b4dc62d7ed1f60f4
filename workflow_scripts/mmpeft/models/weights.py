"""Read the weights of a published checkpoint, whatever files it has them in."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a folder, by name: of its safetensors files, or else of its .bin files.

    The latter are unpickled with `weights_only`, so that they can run no code, and are mapped, not
    copied, into memory. Raises FileNotFoundError without either, ValueError if two files hold one
    name.
    """
    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not files:
        raise FileNotFoundError(f"{folder} has no weights: neither .safetensors nor .bin files")
    weights: dict[str, Tensor] = {}
    for file in files:
        part = (
            load_file(file)
            if file.suffix == ".safetensors"
            else torch.load(file, map_location="cpu", weights_only=True, mmap=True)
        )
        if twice := weights.keys() & part.keys():
            raise ValueError(f"{file} holds {sorted(twice)[:3]}, as another file does")
        weights |= part
    return weights
