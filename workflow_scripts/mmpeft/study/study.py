"""A study: the validated file, its grid, and exactly what each job of it reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from mmpeft import places
from mmpeft.datasets.registry import DATASETS
from mmpeft.study.capabilities import CAPABILITIES, JUDGES
from mmpeft.study.checks import faults
from mmpeft.study.config import DatasetSizes, JobResources, StudyConfig, plain
from mmpeft.study.errors import StudyError, problems_of
from mmpeft.study.evaluations import Measurement, chosen, measurements
from mmpeft.study.grid import Cell, Run, expand
from mmpeft.study.set_up import set_up

Settings = dict[str, Any]

# What a visual tower that is published apart must not be mistaken for.
OPENAI_TOWER = "openai/clip-vit-large-patch14-336"


def load_study(config: Mapping[str, Any]) -> "Study":
    """Check a parsed study file and expand it.

    Raises StudyError with all faults found: first those of single values, and once there are none,
    those between values.
    """
    try:
        checked = StudyConfig.model_validate(plain(config))
    except ValidationError as error:
        raise StudyError(problems_of(error)) from None
    if found := faults(checked):
        raise StudyError(found)
    return Study(checked)


def as_text(settings: Mapping[str, Any]) -> str:
    """Settings as one line of JSON with sorted keys, so that equal settings are equal text."""
    return json.dumps(settings, sort_keys=True)


def _functions(dataset: str, *fields: str) -> dict[str, str]:
    """Names of a dataset's functions: the registry is no input of a job, as it holds labels too."""
    return {field: getattr(DATASETS[dataset], field).__name__ for field in fields}


@dataclass(frozen=True)
class Study:
    """A valid study. Settings are plain and hold nothing that their job does not read."""

    config: StudyConfig

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def folder(self) -> str:
        """Folder of everything that belongs to this study alone."""
        return f"results/{self.name}"

    @property
    def summary(self) -> str:
        """What there is to do, in a few words."""
        if self.config.source == "reported":
            return "tables and figures of the numbers that the paper prints, nothing is trained"
        return f"{len(self.runs)} fine-tuning runs"

    def base(self, model: str) -> str:
        """Folder of the weights that all runs of a model start from."""
        if self.config.seen_mixture is not None:
            return f"{self.folder}/{places.seen_base(model)}"
        return self.config.models[model].base

    def hubs(self, model: str) -> dict[str, str]:
        """Repositories that a model is made of: its checkpoint and, published apart, its tower.

        Beside the latter OpenAI's CLIP, which it is told apart from. Nothing for a mini model.
        """
        spec = self.config.models[model]
        if spec.hub is None:
            return {}
        if spec.visual_tower is None:
            return {"checkpoint": spec.hub}
        towers = {"tower": spec.visual_tower, "openai_tower": OPENAI_TOWER}
        return {"checkpoint": spec.hub, **towers}

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Cells of all experiments, in the order of the study file."""
        return tuple(expand(self.config))

    @cached_property
    def _runs(self) -> dict[str, Run]:
        runs = {cell.run.id: cell.run for cell in self.cells}
        return dict(sorted(runs.items()))

    @property
    def runs(self) -> tuple[Run, ...]:
        """Distinct runs, sorted by id."""
        return tuple(self._runs.values())

    def run(self, run_id: str) -> Run:
        """The run of that id; raises ValueError if the grid has no such run."""
        if run_id in self._runs:
            return self._runs[run_id]
        nearest = get_close_matches(run_id, self._runs, n=1, cutoff=0)
        raise ValueError(f"{run_id!r} is not a run of study {self.name!r}; nearest: {nearest[0]}")

    @cached_property
    def measurements(self) -> tuple[Measurement, ...]:
        """What the evaluations measure, in the order of the study file."""
        return tuple(measurements(self.config, self.cells))

    def measurement(self, evaluation: str, target: str, run_id: str) -> Measurement:
        """That measurement; raises ValueError if the evaluations hold no such one."""
        self.run(run_id)  # refuses a run that is not in the grid, with the nearest one
        if (found := self._measured.get((evaluation, target, run_id))) is None:
            raise ValueError(f"evaluation {evaluation!r} does not measure {run_id!r} on {target!r}")
        return found

    @cached_property
    def _measured(self) -> dict[tuple[str, str, str], Measurement]:
        """By evaluation, target and run; of cells that share a run the first."""
        return {
            (one.evaluation, one.target, one.cell.run.id): one
            for one in reversed(self.measurements)
        }

    @cached_property
    def _kept_epochs(self) -> dict[Run, set[int]]:
        kept: dict[Run, set[int]] = {}
        for one in self.measurements:
            kept.setdefault(one.cell.run, set()).update(one.kept_epochs)
        return kept

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Models that some run uses, in the study's order."""
        used = {run.model for run in self.runs}
        return tuple(name for name in self.config.models if name in used)

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """Datasets that some run uses, in the study's order."""
        used = {run.dataset for run in self.runs}
        return tuple(name for name in self.config.datasets if name in used)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Datasets that some evaluation is made on, in the study's order."""
        used = {one.target for one in self.measurements}
        return tuple(name for name in self.config.datasets if name in used)

    @cached_property
    def image_choices(self) -> tuple[tuple[str, str, str], ...]:
        """(evaluation, model, dataset) of every choice of images to caption, sorted."""
        return tuple(
            sorted(
                {
                    (one.evaluation, one.cell.run.model, one.target)
                    for one in self.measurements
                    if one.spec.images is not None
                }
            )
        )

    @cached_property
    def baselines(self) -> tuple[tuple[str, str], ...]:
        """(model, dataset) of every run, sorted: the un-tuned bases to score.

        The paper reports none.
        """
        if self.config.source == "reported":
            return ()
        return tuple(sorted({(run.model, run.dataset) for run in self.runs}))

    def task(self, run_id: str) -> tuple[str, str]:
        """(model, dataset) of a run."""
        run = self.run(run_id)
        return run.model, run.dataset

    def sizes(self, dataset: str) -> DatasetSizes:
        """Rows per split of a dataset."""
        return self.config.datasets[dataset]

    def split_path(self, dataset: str, split: str) -> str:
        """Path of one split below the folder of all datasets; it holds the sizes."""
        sizes = "_".join(f"{name}-{rows}" for name, rows in self.sizes(dataset))
        return f"{dataset}/{sizes}/{split}.parquet"

    @property
    def train_resources(self) -> JobResources:
        return self.config.resources.train

    @property
    def seen_resources(self) -> JobResources:
        """Those of the full fine-tuning, or of any training in a study without it."""
        mixture = self.config.seen_mixture
        return self.train_resources if mixture is None else mixture.resources

    @property
    def evaluate_resources(self) -> JobResources:
        return self.config.resources.evaluate

    def preparation_settings(self, dataset: str, sizes: Mapping[str, int]) -> Settings:
        """What preparing a dataset reads; a generated one has no policy."""
        settings: Settings = {"dataset": dataset, "sizes": dict(sizes)}
        if not DATASETS[dataset].mini:
            settings["policy"] = self.config.preparation.model_dump()
        return settings

    def train_settings(self, run: Run) -> Settings:
        """What the fine-tuning of `run` reads. The rate of a part that stays frozen is None."""
        training, recipe = self.config.training, self.config.models[run.model].recipe
        rates = {
            f"{part}_learning_rate": self._rate(part, run)
            if getattr(run, part) == "tuned"
            else None
            for part in ("connector", "visual_encoder")
        }
        kept = sorted(self._kept_epochs.get(run, ()))
        return {
            "model": self.model_settings(run.model),
            "method": self.method_settings(run),
            "dataset": {"name": run.dataset, **_functions(run.dataset, "prompt", "target")},
            "connector": run.connector,
            "visual_encoder": run.visual_encoder,
            "learning_rate": run.learning_rate,
            **rates,
            "train_samples": run.train_samples,
            "epochs": run.epochs,
            "batch_size": training.batch_size,
            **self._memory(checkpointing=CAPABILITIES[run.method].checkpointing),
            "warmup_ratio": recipe.warmup_ratio,
            "weight_decay": recipe.weight_decay,
            "schedule": recipe.schedule or training.schedule,
            "precision": training.precision,
            "max_length": training.max_length,
            "seeds": {
                "init": run.init_seed,
                "order": run.order_seed,
                "subset": run.subset_seed,
            },
            # Only where it is not empty: other runs are the same with and without evaluations.
            **({"kept_epochs": kept} if kept else {}),
        }

    def seen_settings(self, model: str) -> Settings:
        """What the full fine-tuning of a model on the mixture of seen datasets reads."""
        training, recipe = self.config.training, self.config.models[model].recipe
        mixture = self.config.seen_mixture
        return {
            "model": {**self.model_settings(model), "base": self.config.models[model].base},
            "datasets": [
                {"name": name, **_functions(name, "prompt", "target")} for name in mixture.datasets
            ],
            "learning_rate": mixture.learning_rate,
            "train_samples": sum(self.sizes(name).train for name in mixture.datasets),
            "epochs": mixture.epochs,
            "batch_size": training.batch_size,
            **self._memory(checkpointing=True),
            "warmup_ratio": recipe.warmup_ratio,
            "weight_decay": recipe.weight_decay,
            "schedule": recipe.schedule or training.schedule,
            "precision": training.precision,
            "max_length": training.max_length,
            "seeds": {"order": mixture.seed},
        }

    def evaluate_settings(self, model: str, dataset: str) -> Settings:
        """What scoring on `dataset` reads, the same for an adapter and for the un-tuned base."""
        spec = DATASETS[dataset]
        return {
            "model": self.model_settings(model),
            "dataset": {
                "name": dataset,
                "metric": spec.metric,
                "max_new_tokens": spec.max_new_tokens,
                **_functions(dataset, "prompt"),
            },
            "batch_size": self.config.evaluation.batch_size,
            "precision": self.config.training.precision,
        }

    def judged_by(self, kind: str) -> tuple[str, ...]:
        """Names of the evaluations with a judge of that kind, in the study's order."""
        return tuple(
            name
            for name, spec in self.config.evaluations.items()
            if spec.judge is not None and self.config.judge_kind(spec.judge) == kind
        )

    @cached_property
    def judged_afterwards(self) -> tuple[str, ...]:
        """Names of the evaluations whose judge does not judge in the job that lets runs answer."""
        kinds = [kind for kind, spec in JUDGES.items() if not spec.at_once]
        return tuple(name for kind in kinds for name in self.judged_by(kind))

    def measure_settings(self, measurement: Measurement) -> Settings:
        """What measuring a run after some of its epochs reads; the last one is `last_epoch`.

        Where answers are judged afterwards, that is left out which the answers do not depend on.
        """
        run, spec = measurement.cell.run, measurement.spec
        settings = self.evaluate_settings(run.model, measurement.target)
        if spec.measure != "transfer":
            del settings["dataset"]["metric"]
        settings |= {"epochs": measurement.epochs, "last_epoch": run.epochs}
        if measurement.evaluation in self.judged_afterwards:
            return settings
        judge = {"judge": spec.judge} if spec.judge is not None else {}
        return {**settings, "measure": spec.measure, **judge}

    def judge_settings(self, evaluation: str, dataset: str) -> Settings:
        """What judging the answers to `dataset` afterwards reads."""
        spec = self.config.evaluations[evaluation]
        return {
            "dataset": {"name": dataset},
            "measure": spec.measure,
            "judge": {"name": spec.judge, **self.config.judges[spec.judge].settings},
        }

    def request_limits(self, evaluation: str) -> Settings:
        """How the endpoint that judges an evaluation is asked."""
        return self.config.judges[self.config.evaluations[evaluation].judge].limits

    def image_settings(self, evaluation: str, dataset: str) -> Settings:
        """What choosing the images to caption reads: `seed` draws the candidates."""
        spec = self.config.evaluations[evaluation]
        return {
            "dataset": {"name": dataset},
            "judge": spec.judge,
            "candidates": spec.candidates,
            "images": spec.images,
            "seed": self.config.defaults.subset_seed,
        }

    def constant_settings(self, dataset: str) -> Settings:
        """What finding and scoring the best constant answer reads."""
        return {"dataset": {"name": dataset, "metric": DATASETS[dataset].metric}}

    def outline_settings(self) -> Settings:
        """What describing the models reads: the first model of each family, and all methods.

        A method stands once for each of its locations in the study, at its default size; its
        default location comes first. Bases are those as published: a full fine-tuning leaves the
        modules as they are.
        """
        families: dict[str, str] = {}
        for name in self.models:
            families.setdefault(self.config.models[name].family, name)
        return {
            "models": [
                {**self.model_settings(name), "base": self.config.models[name].base}
                for name in families.values()
            ],
            "methods": [
                self.method_settings(run)
                for name in self.config.methods
                for run in self._placed(name)
            ],
        }

    def manifest(self) -> dict[str, Any]:
        """The grid for the aggregation, JSON-able: one flat record per cell and per measurement.

        `set_up` is what the tables that document the study show; `bases` and `mixture` are what its
        runs start from.
        """
        mixture = self.config.seen_mixture
        return {
            "study": self.name,
            "source": self.config.source,
            "cells": [cell.record() for cell in self.cells],
            "baselines": [
                {"model": model, "model_label": self.config.models[model].label, "dataset": dataset}
                for model, dataset in self.baselines
            ],
            "datasets": list(self.datasets),
            "evaluations": [one.record() for one in self.measurements],
            "images": [
                {"evaluation": evaluation, "model": model, "target": target}
                for evaluation, model, target in self.image_choices
            ],
            "examples": [
                {"examples": name, "items": spec.items, **cell.record()}
                for name, spec in self.config.examples.items()
                for cell in chosen(self.cells, spec.runs)
            ],
            "examples_seed": self.config.defaults.subset_seed,
            "test_files": {
                name: self.split_path(name, "test")
                for name in self.config.datasets
                if name in self.datasets or name in self.targets
            },
            "bases": {
                name: {
                    "base": self.config.models[name].base,
                    "hubs": list(self.hubs(name).values()),
                }
                for name in self.models
            },
            "mixture": [self.split_path(name, "train") for name in mixture.datasets]
            if mixture
            else [],
            "set_up": set_up(self.config, self.runs),
        }

    def _memory(self, *, checkpointing: bool) -> Settings:
        """What of the memory of a training is not as torch has it by default.

        checkpointing: whether what is trained allows it.
        """
        training, settings = self.config.training, {}
        if training.micro_batch_size is not None:
            settings["micro_batch_size"] = training.micro_batch_size
        if training.micro_batch_size == "auto":
            settings["memory_share"] = training.share_of_memory
        if training.gradient_checkpointing and checkpointing:
            settings["gradient_checkpointing"] = True
        return settings

    def model_settings(self, name: str) -> Settings:
        """What loading a model reads."""
        spec = self.config.models[name]
        options = spec.model_dump(
            include={"chat", "connector_definition", "module_variants", "modules"},
            exclude_defaults=True,
            exclude_none=True,
        )
        return {"name": name, "family": spec.family, "base": self.base(name), **options}

    def method_settings(self, run: Run) -> Settings:
        """What attaching the method of a run reads."""
        spec = self.config.methods[run.method]
        settings: Settings = {"name": run.method, "location": run.location, "size": run.size}
        for option in ("dropout", "initialisation", "prefix_projection"):
            if getattr(spec, option) is not None:
                settings[option] = getattr(spec, option)
        if spec.alpha_per_rank is not None:
            settings["alpha"] = spec.alpha_per_rank * run.size
        return settings

    def _placed(self, method: str) -> list[Run]:
        """A run at the default size of a method for each location, the default one first."""
        spec, kind = self.config.methods[method], CAPABILITIES[method].size
        scale = {} if kind is None else getattr(self.config.scaling, kind)
        runs = [run for run in self.runs if run.method == method]
        used = {run.location for run in runs}
        locations = sorted(used, key=lambda one: (one != spec.location, str(one)))
        return [
            replace(runs[0], location=location, size=scale.get(spec.size, spec.size))
            for location in locations
        ]

    def _rate(self, part: str, run: Run) -> float:
        """The rate at which a run trains a part of the base."""
        rate = getattr(self.config.models[run.model].recipe, f"{part}_learning_rate")
        if rate == "method":
            return run.learning_rate
        return self.config.scaling.learning_rate.get(part, {}).get(rate, rate)
