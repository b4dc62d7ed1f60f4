"""What is trained: as counted on a model, and as a closed formula says it must be."""

from collections.abc import Mapping
from typing import Any

from peft import PeftModel

from mmpeft.methods.groups import GROUPS, trainable_parameters
from mmpeft.methods.registry import parse_method
from mmpeft.models.family import Family


def trainable_manifest(model: PeftModel, family: Family) -> dict[str, Any]:
    """JSON-able: how many scalars there are and which tensors are trained.

    `layers` and `width` are those of the language model, `input_embedding` counts its scalars.
    """
    tensors = [
        {"name": name, "shape": list(parameter.shape), "group": group}
        for group, name, parameter in trainable_parameters(model, family)
    ]
    groups = dict.fromkeys(GROUPS, 0)
    for group, _, parameter in trainable_parameters(model, family):
        groups[group] += parameter.numel()
    base = model.get_base_model()
    language = family.language_shape(base.config)
    return {
        "total": sum(parameter.numel() for parameter in model.parameters()),
        "trainable": sum(groups.values()),
        "groups": groups,
        "input_embedding": base.get_input_embeddings().weight.numel(),
        "layers": language.layers,
        "width": language.hidden,
        "tensors": tensors,
    }


def expected_parameters(config: Any, family: Family, settings: Mapping[str, Any]) -> dict[str, int]:
    """Trained scalars per group by closed formulas of the model's config; no model is needed.

    Declared families have no formulas.
    """
    parts = {
        "connector": family.connectors[family.connector],
        "visual_encoder": family.visual_encoder,
    }
    return {
        "method": parse_method(settings["method"]).parameters(family, config),
        **{
            group: part.parameters(config) if settings[group] == "tuned" else 0
            for group, part in parts.items()
        },
    }
