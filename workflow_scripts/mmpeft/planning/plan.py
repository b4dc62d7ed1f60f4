"""The jobs of a study with their costs, and what is not there that they need."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

from transformers import AutoConfig

from mmpeft import places
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import read_rows
from mmpeft.methods.census import census
from mmpeft.methods.outline import outline
from mmpeft.planning.estimate import TEXT_TOKENS, Job, Sizes, gpu_bytes, gpu_hours, micro_batch
from mmpeft.study import layout
from mmpeft.study.grid import Run
from mmpeft.study.study import Study

ARCHITECTURES = "reference/architectures"
# Of an image in a model that takes images of any size.
IMAGE_PATCHES = 1024
# Characters of a token, and tokens of the chat around prompt and answer.
CHARACTERS, CHAT_TOKENS = 4, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Jobs of one kind, model and method: how many, how many of them are done, what each takes.

    gpu_hours: of those that are not done; gpu_gb: memory on each GPU; micro_batch: samples at a
    time, 0 if not even one fits.
    """

    kind: str
    model: str
    method: str
    jobs: int
    done: int
    gpu_hours: float
    gpu_gb: float
    micro_batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Lines of all jobs that load a model, and what is lacking, one sentence each."""

    lines: list[Line]
    lacking: list[str]


def plan(study: Study, root: Path) -> Plan:
    """Estimate all jobs of a study whose results lie below `root`, and look for what they need.

    A model that is not there is counted by its config in `reference/architectures`. A study of the
    paper's numbers has no jobs.
    """
    if study.config.source == "reported":
        return Plan(lines=[], lacking=[])
    planner = _Planner(study, root)
    lines = [*planner.trainings(), *planner.scorings()]
    return Plan(lines=lines, lacking=[*planner.lacking(lines)])


class _Planner:
    def __init__(self, study: Study, root: Path) -> None:
        self.study = study
        self.root = root
        self.hardware = study.config.hardware
        self.sizes = {model: self._sizes(model) for model in study.models}
        self._trained = {model: self._counts(model) for model in study.models}
        self.text_tokens = cache(self._text_tokens)

    def _settings(self, model: str) -> dict[str, Any]:
        """Settings of a model, at the folder that has its config."""
        settings = dict(self.study.model_settings(model))
        published = self.study.config.models[model].base
        for folder in (settings["base"], published, f"{ARCHITECTURES}/{model}"):
            if (self.root / folder / "config.json").is_file():
                return {**settings, "base": str(self.root / folder)}
        raise FileNotFoundError(
            f"{settings['base']} has no config.json yet, and {ARCHITECTURES} none of {model}: "
            "run `snakemake bases` first"
        )

    def _sizes(self, model: str) -> Sizes:
        settings = self._settings(model)
        parts = outline(settings, ())["parts"]
        config = AutoConfig.from_pretrained(settings["base"], local_files_only=True)
        text = config.get_text_config()
        vision = getattr(config, "vision_config", None) or config.visual
        side = getattr(vision, "image_size", None)
        patches = IMAGE_PATCHES if side is None else (side // vision.patch_size) ** 2
        return Sizes(
            vision=parts["visual_encoder"]["parameters"],
            language=parts["language_model"]["parameters"] + parts["connector"]["parameters"],
            layers=parts["language_model"]["layers"],
            width=text.hidden_size,
            vocabulary=text.vocab_size,
            patches=patches,
            image_tokens=getattr(vision, "n_queries", patches),
        )

    def _counts(self, model: str) -> dict[tuple[Any, ...], Any]:
        """What each method of a model's runs trains."""
        runs = {_method(run): run for run in self.study.runs if run.model == model}
        methods = [self.study.method_settings(run) for run in runs.values()]
        return dict(zip(runs, census(self._settings(model), methods), strict=True))

    def _text_tokens(self, dataset: str) -> float:
        """Mean tokens of a row beside its image, guessed from characters where there are rows."""
        file = self.root / layout.split_file(self.study, dataset, "test")
        if not file.is_file():
            return TEXT_TOKENS
        spec = DATASETS[dataset]
        lengths = [len(spec.prompt(row)) + len(spec.target(row)) for row in read_rows(file)[:200]]
        return CHAT_TOKENS + fmean(lengths) / CHARACTERS

    def trained(self, run: Run) -> int:
        count = self._trained[run.model][_method(run)].trainable(run.connector)
        return count + (self.sizes[run.model].vision if run.visual_encoder == "tuned" else 0)

    def training(self, run: Run) -> Job:
        settings = self.study.train_settings(run)
        return Job(
            model=self.sizes[run.model],
            trained=self.trained(run),
            samples=run.train_samples * run.epochs,
            checked=self.study.sizes(run.dataset).validation * run.epochs,
            text_tokens=self.text_tokens(run.dataset),
            bytes_per_weight=_BYTES[settings["precision"]],
            checkpointing=settings.get("gradient_checkpointing", False),
            vision_tuned=run.visual_encoder == "tuned",
        )

    def scoring(self, model: str, dataset: str) -> Job:
        settings = self.study.evaluate_settings(model, dataset)
        return Job(
            model=self.sizes[model],
            answers=self.study.sizes(dataset).test,
            batch=settings["batch_size"],
            answer_tokens=settings["dataset"]["max_new_tokens"],
            text_tokens=self.text_tokens(dataset),
            bytes_per_weight=_BYTES[settings["precision"]],
        )

    def trainings(self) -> Iterator[Line]:
        training = self.study.config.training
        share = training.batch_size // max(self.study.train_resources.gpu, 1)
        budget = training.memory_share * self.hardware.memory_gb * 1e9
        groups: dict[tuple[str, str], list[Run]] = {}
        for run in self.study.runs:
            groups.setdefault((run.model, run.method), []).append(run)
        for (model, method), runs in groups.items():
            jobs = [self.training(run) for run in runs]
            largest = max(jobs, key=lambda job: gpu_bytes(job, 1))
            given = training.micro_batch_size or training.batch_size
            limit = share if given == "auto" else min(given, share)
            micro = micro_batch(largest, share, budget) if given == "auto" else limit
            if gpu_bytes(largest, max(micro, 1)) > self.hardware.memory_gb * 1e9:
                micro = 0
            left = [
                job
                for run, job in zip(runs, jobs, strict=True)
                if not self._exists(places.run(run.id), "train.json")
            ]
            yield Line(
                kind="train",
                model=model,
                method=method,
                jobs=len(jobs),
                done=len(jobs) - len(left),
                gpu_hours=sum(gpu_hours(job, self.hardware) for job in left),
                gpu_gb=gpu_bytes(largest, max(micro, 1)) / 1e9,
                micro_batch=micro,
            )

    def scorings(self) -> Iterator[Line]:
        """Scoring of runs and bases; evaluations beside that, each with the epochs it measures."""
        jobs: dict[tuple[str, str], list[tuple[str, Job, int]]] = {}
        for run in self.study.runs:
            job = self.scoring(run.model, run.dataset)
            jobs.setdefault(("score", run.model), []).append((places.run(run.id), job, 1))
        for model, dataset in self.study.baselines:
            job = self.scoring(model, dataset)
            jobs.setdefault(("score bases", model), []).append(
                (places.base(model, dataset), job, 1)
            )
        for one in self.study.measurements:
            place = places.evaluation(one.evaluation, one.target, one.cell.run.id)
            epochs = 1 if isinstance(one.epochs, str) else len(one.epochs)
            job = self.scoring(one.cell.run.model, one.target)
            kind = (f"evaluate {one.evaluation}", one.cell.run.model)
            jobs.setdefault(kind, []).append((place, job, epochs))
        for (kind, model), found in jobs.items():
            left = [(job, n) for place, job, n in found if not self._exists(place, "scores.json")]
            memory = max(gpu_bytes(job, job.batch) for _, job, _ in found)
            fits = memory <= self.hardware.memory_gb * 1e9
            yield Line(
                kind=kind,
                model=model,
                method="",
                jobs=len(found),
                done=len(found) - len(left),
                gpu_hours=sum(n * gpu_hours(job, self.hardware) for job, n in left),
                gpu_gb=memory / 1e9,
                micro_batch=found[0][1].batch if fits else 0,
            )

    def _exists(self, place: str, name: str) -> bool:
        return (self.root / self.study.folder / place / name).is_file()

    def lacking(self, lines: list[Line]) -> Iterator[str]:
        """What keeps the study from running to its end without a further hand."""
        needed = 0.0
        for model in self.study.models:
            files = layout.base_files(self.study, model)
            if not all((self.root / file).exists() for file in files):
                size = 2 * self.sizes[model].total  # published in 16 bits
                needed += 2 * size  # as downloaded, and as the base of runs
                source = self.study.config.models[model].hub or "a recipe"
                volume = f"{size / 1e9:.1f} GB from {source}"
                yield f"model {model}: not there ({volume}); snakemake bases"
        used = {*self.study.datasets, *self.study.targets}
        for name in (name for name in self.study.config.datasets if name in used):
            splits = [split for split, rows in self.study.sizes(name) if rows]
            files = [layout.split_file(self.study, name, split) for split in splits]
            if not all((self.root / file).is_file() for file in files):
                yield f"data {name}: not there; snakemake datasets"
        for line in lines:
            if not line.micro_batch:
                yield (
                    f"{line.kind} {line.model} {line.method}".rstrip()
                    + f": takes {line.gpu_gb:.0f} GB, a GPU has {self.hardware.memory_gb:g}"
                )
        for run in self.study.runs:
            if not self._exists(places.run(run.id), "train.json"):
                kept = len(self.study.train_settings(run).get("kept_epochs", ()))
                needed += 4 * self.trained(run) * (1 + kept)
        free = shutil.disk_usage(self.root).free
        if needed > free:
            yield f"disk: bases and adapters take {needed / 1e9:.0f} GB, {free / 1e9:.0f} are free"


_BYTES: Mapping[str, int] = {"float32": 4, "bfloat16": 2}


def _method(run: Run) -> tuple[Any, ...]:
    return run.method, run.location, run.size


def as_text(plan: Plan, study: Study) -> str:
    """The plan to read: a table, its total, what is lacking."""
    hardware = study.config.hardware
    head = f"{'job':<22}{'model':<18}{'method':<9}{'jobs':>6}{'done':>6}{'GPU-hours':>11}"
    rows = [f"{head}{'GB a GPU':>10}{'at a time':>11}"]
    rows += [
        f"{line.kind:<22}{line.model:<18}{line.method:<9}{line.jobs:>6}{line.done:>6}"
        f"{line.gpu_hours:>11.1f}{line.gpu_gb:>10.1f}{line.micro_batch or 'too much':>11}"
        for line in plan.lines
    ]
    jobs, done = sum(line.jobs for line in plan.lines), sum(line.done for line in plan.lines)
    hours = sum(line.gpu_hours for line in plan.lines)
    rows += [
        f"{'in all':<49}{jobs:>6}{done:>6}{hours:>11.1f}",
        "",
        f"estimated for GPUs with {hardware.memory_gb:g} GB and {hardware.tflops:g} TFLOP/s, of "
        f"which {hardware.utilisation:.0%} are used; hours of jobs that are not done",
        "",
    ]
    if plan.lacking:
        rows += ["lacking:", *(f"  {each}" for each in plan.lacking)]
    else:
        rows.append("models, data and disk are there")
    return "\n".join(rows)
