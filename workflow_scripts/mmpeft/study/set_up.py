"""What a study is made of, as plain data for the tables that document it."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from mmpeft.models.families import FAMILIES
from mmpeft.study.capabilities import CAPABILITIES
from mmpeft.study.config import MethodSpec, ModelSpec, Scaling, StudyConfig
from mmpeft.study.grid import Run


def set_up(config: StudyConfig, runs: Iterable[Run]) -> dict[str, Any]:
    """Models, methods, data sets and training of a study, JSON-able; only what some run uses.

    A scaled value is {"label": as the paper has it, "value": as this study has it}. Rates of the
    visual encoder are given if some run tunes it; that of the connector may be "method". Reported
    numbers are of no weights: None.
    """
    runs = list(runs)
    tuned = {part: any(getattr(run, part) == "tuned" for run in runs) for part in _PARTS}
    used = {axis: {getattr(run, axis) for run in runs} for axis in ("model", "method", "dataset")}
    return {
        "models": [
            _model(name, spec, config, tuned)
            for name, spec in config.models.items()
            if name in used["model"]
        ],
        "methods": [
            _method(name, spec, config.scaling)
            for name, spec in config.methods.items()
            if name in used["method"]
        ],
        "datasets": [
            {"name": name, **sizes.model_dump()}
            for name, sizes in config.datasets.items()
            if name in used["dataset"]
        ],
        "training": config.training.model_dump(),
        "seen_mixture": None
        if config.seen_mixture is None
        else config.seen_mixture.model_dump(include={"datasets", "learning_rate", "epochs"}),
    }


_PARTS = ("connector", "visual_encoder")


def _model(
    name: str, spec: ModelSpec, config: StudyConfig, tuned: Mapping[str, bool]
) -> dict[str, Any]:
    return {
        "name": name,
        "label": spec.label,
        "family": spec.family,
        # None: the chat template that its processor has
        "chat": spec.chat or (FAMILIES[spec.family].chats[0] if spec.family in FAMILIES else None),
        "weights": None if config.source == "reported" else spec.hub or spec.base,
        "connector_definition": spec.connector_definition,
        "module_variants": spec.module_variants,
        "schedule": spec.recipe.schedule or config.training.schedule,
        "warmup_ratio": spec.recipe.warmup_ratio,
        "weight_decay": spec.recipe.weight_decay,
        **{
            f"{part}_learning_rate": _scaled(
                getattr(spec.recipe, f"{part}_learning_rate"),
                config.scaling.learning_rate.get(part, {}),
            )
            if tuned[part]
            else None
            for part in _PARTS
        },
    }


def _method(name: str, spec: MethodSpec, scaling: Scaling) -> dict[str, Any]:
    kind = CAPABILITIES[name].size
    return {
        "name": name,
        "label": CAPABILITIES[name].label,
        "learning_rate": _scaled(spec.learning_rate, scaling.learning_rate.get(name, {})),
        "size_kind": kind,
        "size": None if kind is None else _scaled(spec.size, getattr(scaling, kind)),
        "location": spec.location,
        "dropout": spec.dropout,
        "alpha_per_rank": spec.alpha_per_rank,
        "initialisation": spec.initialisation,
        "prefix_projection": spec.prefix_projection,
    }


def _scaled(
    label: float | Literal["method"] | None, table: Mapping[Any, float]
) -> dict[str, float] | Literal["method"] | None:
    if label is None or label == "method":
        return label
    return {"label": label, "value": table.get(label, label)}
