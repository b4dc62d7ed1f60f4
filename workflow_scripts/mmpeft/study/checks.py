"""Checks that need more than one value of a study: each returns its faults, none raises."""

from collections.abc import Iterable, Iterator

from mmpeft.datasets.registry import DATASETS
from mmpeft.models.families import FAMILIES
from mmpeft.study.capabilities import CAPABILITIES, JUDGES, MEASURES, Capability
from mmpeft.study.config import (
    EVERY_METHOD,
    AnnotatorsJudge,
    DatasetSizes,
    EndpointJudge,
    EvaluationSpec,
    Experiment,
    MethodSpec,
    ModelSpec,
    Runs,
    StudyConfig,
)
from mmpeft.study.errors import legal


def faults(config: StudyConfig) -> list[str]:
    """All cross-field faults of a study, in the order of its keys."""
    found = [
        *_names("datasets", config.datasets, DATASETS, "dataset"),
        *_names("methods", config.methods, CAPABILITIES, "method"),
    ]
    for name, sizes in config.datasets.items():
        if name in DATASETS:
            found += _sizes(f"datasets.{name}", name, sizes, config)
    found += _model_labels(config)
    for name, model in config.models.items():
        found += _model(f"models.{name}", model)
    found += _seen_mixture(config)
    found += _shares(config)
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
    for name, judge in config.judges.items():
        found += _judge(f"judges.{name}", name, judge)
    for name, evaluation in config.evaluations.items():
        found += _evaluation(f"evaluations.{name}", evaluation, config)
    for name, examples in config.examples.items():
        found += _runs(f"examples.{name}.runs", examples.runs, config)
    if not found:
        found += _scaling(config)
    return found


def _names(key: str, given: Iterable[str], known: Iterable[str], noun: str) -> Iterator[str]:
    known = list(known)
    for name in given:
        if name not in known:
            yield f"{key}: {name!r} is not a {noun}; {legal(name, known)}"


def _sizes(key: str, name: str, sizes: DatasetSizes, config: StudyConfig) -> Iterator[str]:
    """A test set alone has no other rows, every other dataset has all three splits.

    The paper does not say how many rows its validation splits have.
    """
    for split in ("train", "validation"):
        rows, trained = getattr(sizes, split), DATASETS[name].trained
        unsaid = split == "validation" and config.source == "reported"
        if trained and rows == 0 and not unsaid:
            yield f"{key}.{split}: 0 rows, but only a test set can do without them"
        if not trained and rows > 0:
            yield f"{key}.{split}: {rows} rows, but {name} is a test set alone; legal: 0"


def _model_labels(config: StudyConfig) -> Iterator[str]:
    """Tables tell models apart by their label."""
    owner: dict[str, str] = {}
    for name, spec in config.models.items():
        first = owner.setdefault(spec.label, name)
        if first != name:
            yield f"models.{name}.label: {spec.label!r} is already the label of {first}"


def _model(key: str, model: ModelSpec) -> Iterator[str]:
    """Options that the family of a model has."""
    family = FAMILIES.get(model.family)
    if family is None and model.modules is None:
        yield f"{key}.modules: missing, but a declared model needs it"
    if family is not None and model.modules is not None:
        yield f"{key}.modules: given, but the modules of {model.family} are known"
    chats, connectors, variants = (
        ((), (), ()) if family is None else (family.chats, family.connectors, family.variants)
    )
    for option, given, known in (
        ("chat", model.chat, chats),
        ("connector_definition", model.connector_definition, connectors),
        *((f"module_variants.{m}", v, variants) for m, v in model.module_variants.items()),
    ):
        if given is not None and given not in known:
            yield f"{key}.{option}: {model.family} has no {given!r}; {legal(given, known)}"
    for variant in {*model.module_variants.values()} & {*variants}:
        noun = f"method with a variant {variant} in {model.family}"
        yield from _names(f"{key}.module_variants", model.module_variants, variants[variant], noun)
    if model.visual_tower is not None and (model.family != "llava" or model.hub is None):
        yield f"{key}.visual_tower: {model.visual_tower!r}, but only a llava with a hub has one"


def _seen_mixture(config: StudyConfig) -> Iterator[str]:
    if config.seen_mixture is not None:
        noun = "dataset that this study can train on"
        yield from _names(
            "seen_mixture.datasets", config.seen_mixture.datasets, trained(config), noun
        )


def _shares(config: StudyConfig) -> Iterator[str]:
    """Parts of the global batch, and jobs that can have several GPUs."""
    batch, micro = config.training.batch_size, config.training.micro_batch_size
    if isinstance(micro, int) and batch % micro:
        yield f"training.micro_batch_size: {micro} does not divide batch_size {batch}"
    if config.training.memory_share is not None and micro != "auto":
        yield (
            f"training.memory_share: {config.training.memory_share} has no effect without "
            "micro_batch_size: auto"
        )
    if config.resources.train.gpu > 1 and batch % config.resources.train.gpu:
        gpus = config.resources.train.gpu
        yield f"resources.train.gpu: {gpus} GPUs cannot share training.batch_size {batch}"
    single = {"resources.evaluate": config.resources.evaluate}
    if config.seen_mixture is not None:
        single["seen_mixture.resources"] = config.seen_mixture.resources
    for key, resources in single.items():
        if resources.gpu > 1:
            yield f"{key}.gpu: {resources.gpu}, but only trainings of runs use more than one GPU"


def _method(key: str, method: MethodSpec, capability: Capability) -> Iterator[str]:
    keys = capability.study_keys
    given = method.model_dump(exclude_none=True)
    for name in given:
        if name not in keys:
            yield f"{key}.{name}: {capability.label} has no {name}; {legal(name, keys)}"
    for name in keys:
        if name not in given and name not in capability.optional:
            yield f"{key}.{name}: missing, but {capability.label} needs it"


def selected(names: list[str], declared: Iterable[str]) -> list[str]:
    """Resolve `all` to every declared name, in the study's order."""
    return list(declared) if names == ["all"] else names


def trained(config: StudyConfig) -> list[str]:
    """The datasets of a study that runs can be trained on."""
    return [name for name in config.datasets if name not in DATASETS or DATASETS[name].trained]


def _experiment(key: str, experiment: Experiment, config: StudyConfig) -> Iterator[str]:
    for axis, declared, noun in (
        ("model", config.models, "model of this study"),
        ("method", config.methods, "method of this study"),
        ("dataset", trained(config), "dataset that this study can train on"),
    ):
        names = selected(getattr(experiment, axis), declared)
        yield from _names(f"{key}.{axis}", names, declared, noun)

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
    rate_needed = config.source == "run"  # the paper does not say at which rate it tunes encoders
    if rate_needed and "tuned" in (experiment.visual_encoder or [config.defaults.visual_encoder]):
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


def _runs(key: str, runs: Runs, config: StudyConfig) -> Iterator[str]:
    """An experiment of the study, and values that it has."""
    if runs.experiment not in config.experiments:
        name = runs.experiment
        yield (
            f"{key}.experiment: {name!r} is no experiment of this study; "
            f"{legal(name, config.experiments)}"
        )
        return
    experiment = config.experiments[runs.experiment]
    for axis, values in (
        ("model", selected(experiment.model, config.models)),
        ("method", selected(experiment.method, config.methods)),
        ("dataset", selected(experiment.dataset, trained(config))),
        ("connector", experiment.connector or [config.defaults.connector]),
    ):
        noun = f"{axis} of experiment {runs.experiment}"
        yield from _names(f"{key}.{axis}", getattr(runs, axis) or [], values, noun)


def _judge(key: str, name: str, judge: EndpointJudge | AnnotatorsJudge) -> Iterator[str]:
    if name in JUDGES:
        yield f"{key}: {name!r} is a kind of judge; give it another name"
    # Without the value, which may hold a password.
    if isinstance(judge, EndpointJudge) and "@" in judge.base_url:
        yield (
            f"{key}.base_url: must not hold a user or a password; the key of an endpoint is read "
            "from the environment"
        )


def _evaluation(key: str, evaluation: EvaluationSpec, config: StudyConfig) -> Iterator[str]:
    yield from _runs(f"{key}.runs", evaluation.runs, config)
    yield from _measure_keys(key, evaluation, config)
    yield from _targets(key, evaluation, config)
    if evaluation.runs.experiment in config.experiments:
        yield from _sources(key, evaluation, config)
        yield from _epochs(f"{key}.epochs", evaluation, config)


def _measure_keys(key: str, evaluation: EvaluationSpec, config: StudyConfig) -> Iterator[str]:
    """Keys that the measure takes, all of them; what is reported has been judged already."""
    measure, needed = evaluation.measure, MEASURES[evaluation.measure].keys
    if config.source == "reported":
        needed = tuple(name for name in needed if name != "judge")
    for name in ("judge", "candidates", "images"):
        given = getattr(evaluation, name)
        if given is not None and name not in needed:
            legal_keys = ("runs", "measure", "targets", "epochs", *needed)
            yield f"{key}.{name}: {measure} has no {name}; {legal(name, legal_keys)}"
        if given is None and name in needed:
            yield f"{key}.{name}: missing, but {measure} needs it"


def _targets(key: str, evaluation: EvaluationSpec, config: StudyConfig) -> Iterator[str]:
    """Datasets of the study that the measure can be made on, and a judge that can judge them."""
    measure = MEASURES[evaluation.measure]
    fitting = [
        name
        for name in config.datasets
        if name in DATASETS
        and (DATASETS[name].metric if measure.task is None else DATASETS[name].task == measure.task)
    ]
    noun = f"dataset of this study for {evaluation.measure}"
    yield from _names(f"{key}.targets", evaluation.targets, fitting, noun)
    if evaluation.judge is not None and "judge" in measure.keys:
        targets = [name for name in evaluation.targets if name in fitting]
        yield from _judges(f"{key}.judge", evaluation, targets, config)
    candidates, images = evaluation.candidates, evaluation.images
    for target in evaluation.targets if candidates is not None else []:
        rows = config.datasets[target].test if target in fitting else candidates
        if candidates > rows:
            yield f"{key}.candidates: {candidates}, but datasets.{target}.test is {rows}"
    if candidates is not None and images is not None and images > candidates:
        yield f"{key}.images: {images}, but candidates is {candidates}"


def _judges(
    key: str, evaluation: EvaluationSpec, targets: list[str], config: StudyConfig
) -> Iterator[str]:
    """A judge that is there, and that can judge the targets."""
    known = [name for name, kind in JUDGES.items() if kind.at_once] + list(config.judges)
    yield from _names(key, [evaluation.judge], known, "judge")
    for target in targets if evaluation.judge in known else []:
        able = [
            name
            for name in known
            if target in JUDGES[config.judge_kind(name)].datasets.get(evaluation.measure, ())
        ]
        if (judge := evaluation.judge) not in able:
            yield f"{key}: {judge!r} cannot judge {target}; {legal(judge, able)}"


def _sources(key: str, evaluation: EvaluationSpec, config: StudyConfig) -> Iterator[str]:
    """A transfer leads to another dataset."""
    experiment = config.experiments[evaluation.runs.experiment]
    sources = evaluation.runs.dataset or selected(experiment.dataset, trained(config))
    if evaluation.measure == "transfer" and len(sources) == 1 and evaluation.targets == sources:
        yield f"{key}.targets: {evaluation.targets}, but the runs are trained on it"


def _epochs(key: str, evaluation: EvaluationSpec, config: StudyConfig) -> Iterator[str]:
    """No later epoch, and no more epochs, than the shortest of the runs has."""
    experiment = config.experiments[evaluation.runs.experiment]
    shortest = min(experiment.epochs or [config.training.epochs])
    wanted: object = evaluation.epochs
    if isinstance(wanted, list) and wanted[-1] > shortest:
        yield f"{key}: {wanted[-1]}, but runs of {evaluation.runs.experiment} have {shortest}"
    if isinstance(wanted, dict) and wanted["nearest_to_minimum"] > shortest:
        yield f"{key}: {wanted}, but runs of {evaluation.runs.experiment} have {shortest}"


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
            if isinstance(rate, float):
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
