"""Put a PEFT method on a base model and decide what trains."""

from collections.abc import Mapping
from typing import Any

import torch
from peft import PeftModel, get_peft_model
from transformers import PreTrainedModel

from mmpeft.methods.groups import BASE_GROUPS, base_parameters
from mmpeft.methods.registry import parse_method
from mmpeft.models.family import Family

TUNINGS = ("frozen", "tuned")


def attach(model: PreTrainedModel, family: Family, settings: Mapping[str, Any]) -> PeftModel:
    """Wrap `model` (in place) with the run's method; everything that is not declared is frozen.

    Reads `method`, `connector`, `visual_encoder` and `seeds.init` of the run's settings. New
    parameters are float32 and depend on `seeds.init` alone, not on the state of torch's generator,
    which is left as it was. Raises ValueError for settings that are not legal.
    """
    method = parse_method(settings["method"])
    for group in BASE_GROUPS:
        if settings[group] not in TUNINGS:
            raise ValueError(f"{group} must be one of {', '.join(TUNINGS)}, got {settings[group]}")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(settings["seeds"]["init"])
        wrapped = get_peft_model(model, method.peft_config(family, model.config))
    for group in BASE_GROUPS:
        if settings[group] == "tuned":
            for parameter in base_parameters(model, family, group).values():
                parameter.requires_grad_(True)
    return wrapped
