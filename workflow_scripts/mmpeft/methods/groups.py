"""Which parameters a run trains, split into the method's own, the connector and the encoder."""

from collections.abc import Iterator
from typing import Any

from peft import PeftModel
from torch import nn

from mmpeft.models.family import Family

GROUPS = ("method", "connector", "visual_encoder")
BASE_GROUPS = GROUPS[1:]


def base_parameters(base: nn.Module, family: Family, group: str) -> dict[str, nn.Parameter]:
    """The connector's or the visual encoder's parameters, by their name in the base model."""
    named = dict(base.named_parameters())
    names = (
        family.connector_names(named)
        if group == "connector"
        else family.visual_names(named, base.config)
    )
    return {name: named[name] for name in names}


def trainable_parameters(
    model: PeftModel, family: Family
) -> Iterator[tuple[str, str, nn.Parameter]]:
    """(group, name in `model`, parameter) of everything that is trained, in the model's order."""
    base = model.get_base_model()
    of_base = {
        id(parameter): group
        for group in BASE_GROUPS
        for parameter in base_parameters(base, family, group).values()
    }
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            yield of_base.get(id(parameter), "method"), name, parameter


def parameter_groups(
    model: PeftModel,
    family: Family,
    *,
    learning_rate: float,
    connector_learning_rate: float | None,
    weight_decay: float,
    visual_encoder_learning_rate: float | None = None,
) -> list[dict[str, Any]]:
    """Groups for a torch optimiser, each with its own rate; groups without parameters are left out.

    Weight decay holds for every trained tensor, as in the released Qwen-VL script (the LLaVA ones
    have none). Raises ValueError if a part is trained and its rate is None.
    """
    rates = dict(
        zip(
            GROUPS,
            (learning_rate, connector_learning_rate, visual_encoder_learning_rate),
            strict=True,
        )
    )
    members: dict[str, list[nn.Parameter]] = {group: [] for group in GROUPS}
    for group, _, parameter in trainable_parameters(model, family):
        members[group].append(parameter)
    without_rate = [group for group in GROUPS if members[group] and rates[group] is None]
    if without_rate:
        raise ValueError(f"no learning rate given for {', '.join(without_rate)}, which is tuned")
    return [
        {"name": group, "params": members[group], "lr": rates[group], "weight_decay": weight_decay}
        for group in GROUPS
        if members[group]
    ]
