"""Shipped studies, and studies made of them by giving them more seeds."""

from collections.abc import Callable, Mapping
from typing import Any

import yaml
from checkout import ROOT

from mmpeft.study import load_study

FURTHER_SEED = 1000

Config = Mapping[str, Any]


def shipped(name: str) -> dict[str, Any]:
    """A study of the checkout as its file has it."""
    return yaml.safe_load((ROOT / f"studies/{name}.yaml").read_text(encoding="utf-8"))


def with_seeds(study: Config, times: int) -> dict[str, Any]:
    """The study with `times` as many seeds in every experiment, its own ones first."""
    return _with(
        study, lambda seeds: [seed + FURTHER_SEED * step for step in range(times) for seed in seeds]
    )


def with_one_more_seed(study: Config) -> dict[str, Any]:
    """The study with one further seed in every experiment."""
    return _with(study, lambda seeds: [*seeds, max(seeds) + FURTHER_SEED])


def _with(study: Config, seeds_from: Callable[[list[int]], list[int]]) -> dict[str, Any]:
    default = [load_study(study).config.defaults.seed]
    experiments = {
        name: {**experiment, "seed": seeds_from(experiment.get("seed", default))}
        for name, experiment in study["experiments"].items()
    }
    return {**study, "experiments": experiments}
