"""Save and load what a run trained: peft's own files, and the tuned parts of the base model."""

import json
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel

from mmpeft.methods.groups import BASE_GROUPS, base_parameters
from mmpeft.methods.manifest import trainable_manifest
from mmpeft.models.family import Family

WEIGHTS, MANIFEST = "adapter_model.safetensors", "parameters.json"


def save_adapter(model: PeftModel, family: Family, folder: Path) -> None:
    """Write peft's files, `<part>.safetensors` for each tuned part, and the list of parameters."""
    manifest = trainable_manifest(model, family)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()  # peft's model card, an empty form
    for group in BASE_GROUPS:
        if manifest["groups"][group]:
            part = base_parameters(model.get_base_model(), family, group)
            save_file(
                {name: tensor.detach().cpu().contiguous() for name, tensor in part.items()},
                _part_file(folder, group),
            )
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")


def epoch_folder(adapter: Path, epoch: int) -> Path:
    """Where an adapter folder keeps what the run had learnt after an earlier epoch."""
    return adapter / "epochs" / f"{epoch:02d}"


def load_adapter(base: PreTrainedModel, family: Family, folder: Path) -> PeftModel:
    """The model that `save_adapter` wrote to `folder`, on `base` (changed in place), for inference.

    Nothing of it is trainable. Raises ValueError if a file, a tensor or a shape is missing or
    unexpected, so that no run is ever scored with part of its weights.
    """
    manifest = json.loads((folder / MANIFEST).read_text())
    for group in BASE_GROUPS:
        file = _part_file(folder, group)
        if file.exists() != (manifest["groups"][group] > 0):
            raise ValueError(
                f"{file} {'exists' if file.exists() else 'is missing'}, but {MANIFEST} lists "
                f"{manifest['groups'][group]} trained parameters of the {group}"
            )
        if file.exists():
            _fill(base_parameters(base, family, group), file)
    model = PeftModel.from_pretrained(base, folder, torch_device=str(base.device))
    stored, wanted = load_file(folder / WEIGHTS), get_peft_model_state_dict(model)
    _check_names(stored, wanted, folder / WEIGHTS)
    return model.requires_grad_(False).eval()


def _part_file(folder: Path, group: str) -> Path:
    return folder / f"{group}.safetensors"


def _check_names(stored: dict, wanted: dict, file: Path) -> None:
    missing, unexpected = wanted.keys() - stored.keys(), stored.keys() - wanted.keys()
    if missing or unexpected:
        raise ValueError(
            f"{file} does not fit the model: missing {sorted(missing)[:5]}, "
            f"unexpected {sorted(unexpected)[:5]}"
        )


def _fill(part: dict[str, nn.Parameter], file: Path) -> None:
    stored = load_file(file)
    _check_names(stored, part, file)
    with torch.no_grad():
        for name, parameter in part.items():
            if stored[name].shape != parameter.shape:
                raise ValueError(
                    f"{file}: {name} is {list(stored[name].shape)}, "
                    f"the model has {list(parameter.shape)}"
                )
            parameter.copy_(stored[name])
