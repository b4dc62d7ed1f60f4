"""From a validated study to its grid: cells in the paper's labels, runs in actual values."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import product
from typing import Any

from mmpeft.datasets.registry import DATASETS
from mmpeft.study.capabilities import CAPABILITIES
from mmpeft.study.checks import selected, trained
from mmpeft.study.config import EVERY_METHOD, Experiment, StudyConfig

RELEASED_CODE_INIT_SEED = 42


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Run:
    """One fine-tuning, in the values it uses; equal runs are the same run.

    `location` is None for a method without one, `size` likewise.
    """

    model: str
    dataset: str
    method: str
    location: str | None
    size: int | None
    connector: str
    visual_encoder: str
    learning_rate: float
    train_samples: int
    epochs: int
    init_seed: int
    order_seed: int
    subset_seed: int

    @property
    def id(self) -> str:
        """Readable, unique and stable: a path of seven levels that shows every axis."""
        method = [self.method]
        if self.location is not None:
            method.append(self.location)
        if self.size is not None:
            method.append(f"{CAPABILITIES[self.method].size_tag}{self.size}")
        amount = f"lr-{short(self.learning_rate)}_n-{self.train_samples}_epochs-{self.epochs}"
        seeds = f"init-{self.init_seed}_order-{self.order_seed}_subset-{self.subset_seed}"
        return "/".join(
            (
                self.model,
                self.dataset,
                "-".join(method),
                f"connector-{self.connector}",
                f"encoder-{self.visual_encoder}",
                amount,
                seeds,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """How the paper calls the values of a cell; `samples` None is the full training set."""

    model: str
    method: str
    dataset: str
    location: str | None
    size: int | None
    learning_rate: float
    connector: str
    visual_encoder: str
    samples: int | None
    epochs: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A place of an experiment's table and the run that fills it; runs are shared by cells."""

    experiment: str
    run: Run
    labels: Labels

    def record(self) -> dict[str, Any]:
        """Flat and JSON-able: experiment, run id, actual values, labels with suffix `_label`."""
        labels = {f"{axis}_label": value for axis, value in _values(self.labels).items()}
        seed = labels.pop("seed_label")
        return {
            "experiment": self.experiment,
            "run": self.run.id,
            **_values(self.run),
            "seed": seed,
            "seen": DATASETS[self.run.dataset].seen,
            **labels,
        }


def _values(one: Run | Labels) -> dict[str, Any]:
    """Its values by name; `asdict` would copy each of them, for ten thousand cells."""
    return {field.name: getattr(one, field.name) for field in fields(one)}


def short(number: float) -> str:
    """Shortest scientific notation that reads back to `number`: 0.0002 -> 2e-4."""
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    mantissa = str(digits[0])
    if len(digits) > 1:
        mantissa += "." + "".join(map(str, digits[1:]))
    return f"{'-' if sign else ''}{mantissa}e{int(exponent) + len(digits) - 1}"


def expand(config: StudyConfig) -> Iterator[Cell]:
    """All cells of all experiments, in the order of the study file."""
    for name, experiment in config.experiments.items():
        shared = list(_shared_axes(experiment, config))
        for method in selected(experiment.method, config.methods):
            for own, common in product(_own_axes(method, experiment, config), shared):
                yield _cell(name, config, method, own, common)


def _own_axes(method: str, experiment: Experiment, config: StudyConfig) -> Iterator[tuple]:
    """(location, size, learning rate) in labels: axes whose values depend on the method."""
    spec = config.methods[method]
    axes = []
    for axis in ("location", "size", "learning_rate"):
        per_method = getattr(experiment, axis) or {}
        values = per_method.get(method, per_method.get(EVERY_METHOD, [getattr(spec, axis)]))
        axes.append(values)
    return product(*axes)


def _shared_axes(experiment: Experiment, config: StudyConfig) -> Iterator[dict[str, Any]]:
    """Axes that mean the same for every method, in labels, as one dict per combination."""
    defaults = config.defaults
    split = experiment.init_seed is not None or experiment.order_seed is not None
    default_seed = [defaults.seed]
    if split:
        seeds = [
            {"init_seed": init, "order_seed": order}
            for init, order in product(
                experiment.init_seed or default_seed, experiment.order_seed or default_seed
            )
        ]
    else:
        seeds = [
            {"init_seed": seed, "order_seed": seed} for seed in experiment.seed or default_seed
        ]
    axes = {
        "model": selected(experiment.model, config.models),
        "dataset": selected(experiment.dataset, trained(config)),
        "connector": experiment.connector or [defaults.connector],
        "visual_encoder": experiment.visual_encoder or [defaults.visual_encoder],
        "samples": experiment.samples or [defaults.samples],
        "epochs": experiment.epochs or [config.training.epochs],
        "subset_seed": experiment.subset_seed or [defaults.subset_seed],
    }
    for values in product(*axes.values()):
        for seed in seeds:
            yield dict(zip(axes, values, strict=True)) | seed


def _cell(
    experiment: str, config: StudyConfig, method: str, own: tuple, common: dict[str, Any]
) -> Cell:
    location, size, rate = own
    scaling, capability = config.scaling, CAPABILITIES[method]
    full = config.datasets[common["dataset"]].train
    samples = None if common["samples"] == "full" else common["samples"]
    init_seed = common["init_seed"]
    if config.seeding == "released_code":
        init_seed = RELEASED_CODE_INIT_SEED
    run = Run(
        model=common["model"],
        dataset=common["dataset"],
        method=method,
        location=location,
        size=None if size is None else getattr(scaling, str(capability.size)).get(size, size),
        connector=common["connector"],
        visual_encoder=common["visual_encoder"],
        learning_rate=scaling.learning_rate.get(method, {}).get(rate, rate),
        # The paper's high-resource OKVQA is its full 9k, not 10k: a set gives what it has.
        train_samples=full if samples is None else min(full, scaling.samples.get(samples, samples)),
        epochs=common["epochs"],
        init_seed=init_seed,
        order_seed=common["order_seed"],
        subset_seed=common["subset_seed"],
    )
    labels = Labels(
        model=config.models[run.model].label,
        method=capability.label,
        dataset=DATASETS[run.dataset].label,
        location=location,
        size=size,
        learning_rate=rate,
        connector=run.connector,
        visual_encoder=run.visual_encoder,
        samples=samples,
        epochs=run.epochs,
        seed=run.order_seed,
    )
    return Cell(experiment=experiment, run=run, labels=labels)
