"""Checks that need more than one value of a study: each returns its faults, none raises."""

from collections.abc import Iterable, Iterator, Mapping

from mmpeft.datasets.registry import DATASETS
from mmpeft.study.capabilities import CAPABILITIES, Capability
from mmpeft.study.config import EVERY_METHOD, Experiment, MethodSpec, StudyConfig
from mmpeft.study.errors import legal


def faults(config: StudyConfig) -> list[str]:
    """All cross-field faults of a study, in the order of its keys."""
    found = [
        *_names("datasets", config.datasets, DATASETS, "dataset"),
        *_names("methods", config.methods, CAPABILITIES, "method"),
    ]
    found += _model_labels(config)
    found += _micro_batch(config)
    for name, method in config.methods.items():
        if name in CAPABILITIES:
            found += _method(f"methods.{name}", method, CAPABILITIES[name])
    found += _names(
        "scaling.learning_rate",
        config.scaling.learning_rate,
        (*CAPABILITIES, "connector", "visual_encoder"),
        "part with a learning rate",
    )
    for name, experiment in config.experiments.items():
        found += _experiment(f"experiments.{name}", experiment, config)
    if not found:
        found += _scaling(config)
    return found


def _names(key: str, given: Iterable[str], known: Iterable[str], noun: str) -> Iterator[str]:
    known = list(known)
    for name in given:
        if name not in known:
            yield f"{key}: {name!r} is not a {noun}; {legal(name, known)}"


def _model_labels(config: StudyConfig) -> Iterator[str]:
    """Tables tell models apart by their label."""
    owner: dict[str, str] = {}
    for name, spec in config.models.items():
        first = owner.setdefault(spec.label, name)
        if first != name:
            yield f"models.{name}.label: {spec.label!r} is already the label of {first}"


def _micro_batch(config: StudyConfig) -> Iterator[str]:
    batch, micro = config.training.batch_size, config.training.micro_batch_size
    if micro is not None and batch % micro:
        yield f"training.micro_batch_size: {micro} does not divide batch_size {batch}"


def _method(key: str, method: MethodSpec, capability: Capability) -> Iterator[str]:
    keys = capability.study_keys
    given = method.model_dump(exclude_none=True)
    for name in given:
        if name not in keys:
            yield f"{key}.{name}: {capability.label} has no {name}; {legal(name, keys)}"
    for name in keys:
        if name not in given:
            yield f"{key}.{name}: missing, but {capability.label} needs it"


def selected(names: list[str], declared: Mapping[str, object]) -> list[str]:
    """Resolve `all` to every declared name, in the study's order."""
    return list(declared) if names == ["all"] else names


def _experiment(key: str, experiment: Experiment, config: StudyConfig) -> Iterator[str]:
    for axis, declared in (
        ("model", config.models),
        ("method", config.methods),
        ("dataset", config.datasets),
    ):
        names = selected(getattr(experiment, axis), declared)
        yield from _names(f"{key}.{axis}", names, declared, f"{axis} of this study")

    methods = selected(experiment.method, config.methods)
    for axis, has_axis in (
        ("size", lambda capability: capability.size is not None),
        ("location", lambda capability: capability.has_location),
        ("learning_rate", lambda capability: True),
    ):
        for method in getattr(experiment, axis) or {}:
            for concerned in methods if method == EVERY_METHOD else [method]:
                yield from _method_axis(f"{key}.{axis}", axis, concerned, methods, has_axis)

    yield from _seeds(key, experiment, config)
    if "tuned" in (experiment.visual_encoder or [config.defaults.visual_encoder]):
        for model in selected(experiment.model, config.models):
            spec = config.models.get(model)
            if spec is not None and spec.recipe.visual_encoder_learning_rate is None:
                yield (
                    f"{key}.visual_encoder: tuned, but models.{model}.recipe has no "
                    "visual_encoder_learning_rate"
                )


def _method_axis(key: str, axis: str, method: str, methods: list[str], has_axis) -> Iterator[str]:
    able = [name for name in methods if name in CAPABILITIES and has_axis(CAPABILITIES[name])]
    if method in CAPABILITIES and not has_axis(CAPABILITIES[method]):
        yield f"{key}: {CAPABILITIES[method].label} has no {axis}; {legal(method, able)}"
    elif method not in methods:
        yield f"{key}: {method!r} is not a method of this experiment; {legal(method, able)}"


def _seeds(key: str, experiment: Experiment, config: StudyConfig) -> Iterator[str]:
    split = [axis for axis in ("init_seed", "order_seed") if getattr(experiment, axis) is not None]
    if split and experiment.seed is not None:
        yield f"{key}.seed: sets init_seed and order_seed, so it cannot stand beside {split[0]}"
    if experiment.init_seed is not None and config.seeding == "released_code":
        yield (
            f"{key}.init_seed: {experiment.init_seed} has no effect, as seeding: released_code "
            "initialises every run with 42"
        )


def _scaling(config: StudyConfig) -> Iterator[str]:
    """Every paper label that the study uses must have a value at this scale."""
    for kind, label, where in _labels(config):
        owner, _, group = kind.partition(".")
        table = getattr(config.scaling, owner)
        if group:
            table = table.get(group, {})
        if table and label not in table:
            known = ", ".join(map(str, table))
            yield f"scaling.{kind}: no value for {label}, which {where} uses; has: {known}"


def _labels(config: StudyConfig) -> Iterator[tuple[str, float, str]]:
    """Pairs of (scaling table, paper label) with the key that uses it."""
    for name, spec in config.models.items():
        for part in ("connector", "visual_encoder"):
            rate = getattr(spec.recipe, f"{part}_learning_rate")
            if rate is not None:
                where = f"models.{name}.recipe.{part}_learning_rate"
                yield f"learning_rate.{part}", rate, where
    for name, method in config.methods.items():
        yield f"learning_rate.{name}", method.learning_rate, f"methods.{name}.learning_rate"
        if method.size is not None:
            yield str(CAPABILITIES[name].size), method.size, f"methods.{name}.size"
    for name, experiment in config.experiments.items():
        key = f"experiments.{name}"
        methods = selected(experiment.method, config.methods)
        for method, sizes in (experiment.size or {}).items():
            for size in sizes:
                yield str(CAPABILITIES[method].size), size, f"{key}.size.{method}"
        for owner, rates in (experiment.learning_rate or {}).items():
            for method in methods if owner == EVERY_METHOD else [owner]:
                for rate in rates:
                    yield f"learning_rate.{method}", rate, f"{key}.learning_rate"
        for samples in experiment.samples or [config.defaults.samples]:
            if samples != "full":
                yield "samples", samples, f"{key}.samples"
