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
from mmpeft.batch_sizes import largest_legal
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import read_rows
from mmpeft.datasets.sources.catalogue import SOURCES
from mmpeft.methods.census import census
from mmpeft.methods.outline import outline
from mmpeft.models.loading import PRECISIONS
from mmpeft.planning import judges
from mmpeft.planning.estimate import TEXT_TOKENS, Job, Sizes, gpu_bytes, gpu_hours, micro_batch
from mmpeft.study import layout
from mmpeft.study.grid import Run
from mmpeft.study.study import Study

ARCHITECTURES = "reference/architectures"
# Of an image in a model that takes images of any size.
IMAGE_PATCHES = 1024
# All sources of real data take some 40 GB, a prepared photograph about 0.1 MB.
SOURCE_BYTES, IMAGE_BYTES = 40e9 / len(SOURCES), 1e5
# Bytes that a checkpoint keeps of a number that is trained: itself, and two of Adam's.
CHECKPOINT = 12
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
    """Lines of all jobs that load a model, what is lacking, and what somebody has to do by hand.

    The latter two have one sentence each. By hand is what judges need; runs are made without it.
    """

    lines: list[Line]
    lacking: list[str]
    by_hand: list[str]


def plan(study: Study, root: Path) -> Plan:
    """Estimate all jobs of a study whose results lie below `root`, and look for what they need.

    A model that is not there is counted by its config in `reference/architectures`, one without a
    config not at all, which is lacking then. A study of the paper's numbers has no jobs.
    """
    if study.config.source == "reported":
        return Plan(lines=[], lacking=[], by_hand=[])
    planner = _Planner(study, root)
    lines = [*planner.full_fine_tunings(), *planner.trainings(), *planner.scorings()]
    lacking = [*planner.lacking(lines), *judges.absent_keys(study)]
    return Plan(lines=lines, lacking=lacking, by_hand=[*judges.by_hand(study, root)])


class _Planner:
    def __init__(self, study: Study, root: Path) -> None:
        self.study = study
        self.root = root
        self.hardware = study.config.hardware
        self.configs = {model: self._settings(model) for model in study.models}
        # Of models whose config is known; what the others will take is not.
        known = [model for model, settings in self.configs.items() if settings]
        self.sizes = {model: self._sizes(model) for model in known}
        self._trained = {model: self._counts(model) for model in known}
        self.runs = [run for run in study.runs if run.model in known]
        self.text_tokens = cache(self._text_tokens)

    def _settings(self, model: str) -> dict[str, Any] | None:
        """Settings of a model, at the folder that has its config; None where no config is yet."""
        settings = dict(self.study.model_settings(model))
        published = self.study.config.models[model].base
        for folder in (settings["base"], published, f"{ARCHITECTURES}/{model}"):
            if (self.root / folder / "config.json").is_file():
                return {**settings, "base": str(self.root / folder)}
        return None

    def _sizes(self, model: str) -> Sizes:
        settings = self.configs[model]
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
        return dict(zip(runs, census(self.configs[model], methods), strict=True))

    def _text_tokens(self, dataset: str) -> float:
        """Mean tokens of a row beside its image, guessed from characters where there are rows."""
        file = self.root / layout.split_file(self.study, dataset, "test")
        if not file.is_file():
            return TEXT_TOKENS
        spec = DATASETS[dataset]
        lengths = [len(spec.prompt(row)) + len(spec.target(row)) for row in read_rows(file)[:200]]
        if not lengths:  # it could not be prepared
            return TEXT_TOKENS
        return CHAT_TOKENS + fmean(lengths) / CHARACTERS

    def trained(self, run: Run) -> int:
        count = self._trained[run.model][_method(run)].trainable(run.connector)
        return count + (self.sizes[run.model].vision if run.visual_encoder == "tuned" else 0)

    def training(self, run: Run) -> Job:
        settings = self.study.train_settings(run)
        vision_tuned = run.visual_encoder == "tuned"
        return Job(
            model=self.sizes[run.model],
            trained=self.trained(run),
            of_base=self.sizes[run.model].vision if vision_tuned else 0,
            samples=run.train_samples * run.epochs,
            checked=self.study.sizes(run.dataset).validation * run.epochs,
            text_tokens=self.text_tokens(run.dataset),
            bytes_per_weight=_bytes(settings),
            checkpointing=settings.get("gradient_checkpointing", False),
            vision_tuned=vision_tuned,
        )

    def full_fine_tuning(self, model: str) -> Job:
        """That of a base on the mixture of seen datasets: all but the visual encoder is trained."""
        settings, mixture = self.study.seen_settings(model), self.study.config.seen_mixture
        rows = {name: self.study.sizes(name) for name in mixture.datasets}
        whole = self.sizes[model].language
        return Job(
            model=self.sizes[model],
            trained=whole,
            of_base=whole,
            samples=settings["train_samples"] * mixture.epochs,
            checked=sum(sizes.validation for sizes in rows.values()) * mixture.epochs,
            text_tokens=fmean(map(self.text_tokens, rows), [one.train for one in rows.values()]),
            bytes_per_weight=_bytes(settings),
            checkpointing=settings.get("gradient_checkpointing", False),
        )

    def scoring(self, model: str, dataset: str, images: int | None = None) -> Job:
        """That of a model on the test set of a dataset, or on so many images of it."""
        settings = self.study.evaluate_settings(model, dataset)
        return Job(
            model=self.sizes[model],
            answers=self.study.sizes(dataset).test if images is None else images,
            batch=settings["batch_size"],
            answer_tokens=settings["dataset"]["max_new_tokens"],
            text_tokens=self.text_tokens(dataset),
            bytes_per_weight=_bytes(settings),
        )

    def full_fine_tunings(self) -> Iterator[Line]:
        """Those of all bases, one GPU each; none without a mixture of seen datasets."""
        for model in self.sizes if self.study.config.seen_mixture else ():
            done = (self.root / self.study.base(model)).is_dir()
            job = self.full_fine_tuning(model)
            yield self._training_line("fine-tune seen", model, "", [(job, done)], gpus=1)

    def trainings(self) -> Iterator[Line]:
        groups: dict[tuple[str, str], list[Run]] = {}
        for run in self.runs:
            groups.setdefault((run.model, run.method), []).append(run)
        for (model, method), runs in groups.items():
            jobs = [(self.training(run), self._trained_already(run)) for run in runs]
            gpus = max(self.study.train_resources.gpu, 1)
            yield self._training_line("train", model, method, jobs, gpus)

    def _training_line(
        self, kind: str, model: str, method: str, jobs: list[tuple[Job, bool]], gpus: int
    ) -> Line:
        """jobs: each with whether it is done; gpus: those that share the global batch of one."""
        training, memory = self.study.config.training, self.hardware.memory_gb * 1e9
        share = training.batch_size // gpus
        largest = max((job for job, _ in jobs), key=lambda job: gpu_bytes(job, 1))
        given = training.micro_batch_size or training.batch_size
        if given == "auto":
            micro = micro_batch(largest, share, training.share_of_memory * memory)
        else:
            micro = largest_legal(share, lambda size: size <= given)
        taken = gpu_bytes(largest, max(micro, 1))
        return Line(
            kind=kind,
            model=model,
            method=method,
            jobs=len(jobs),
            done=sum(done for _, done in jobs),
            gpu_hours=sum(gpu_hours(job, self.hardware) for job, done in jobs if not done),
            gpu_gb=taken / 1e9,
            micro_batch=micro if taken <= memory else 0,
        )

    def scorings(self) -> Iterator[Line]:
        """Scoring of runs and bases; evaluations beside that, each with the epochs it measures.

        What a server or people judge afterwards is done, for a GPU, with its answers.
        """
        jobs: dict[tuple[str, str], list[tuple[str, Job, int]]] = {}
        for run in self.runs:
            job = self.scoring(run.model, run.dataset)
            jobs.setdefault(("score", run.model), []).append((places.run(run.id), job, 1))
        captioned = [choice[1:] for choice in self.study.image_choices]
        for model, dataset in dict.fromkeys([*self.study.baselines, *captioned]):
            if model in self.sizes:
                found = jobs.setdefault(("score bases", model), [])
                found.append((places.base(model, dataset), self.scoring(model, dataset), 1))
        for one in self.study.measurements:
            name, run = one.evaluation, one.cell.run
            if run.model not in self.sizes:
                continue
            afterwards = name in self.study.judged_afterwards
            place = (places.answers if afterwards else places.evaluation)(name, one.target, run.id)
            job = self.scoring(run.model, one.target, one.spec.images)
            found = jobs.setdefault((f"evaluate {name}", run.model), [])
            found.append((place, job, one.places))
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

    def _trained_already(self, run: Run) -> bool:
        return self._exists(places.run(run.id), "train.json")

    def _exists(self, place: str, name: str) -> bool:
        return (self.root / self.study.folder / place / name).is_file()

    def lacking(self, lines: list[Line]) -> Iterator[str]:
        """What keeps the study from running to its end without a further hand."""
        yield from self._lacking_models()
        for name in self._absent_datasets():
            yield f"data {name}: not there; snakemake datasets"
        for name, reason in layout.missing_data(self.study, self.root).items():
            yield f"data {name}: {reason}; snakemake failures"
        for line in lines:
            if not line.micro_batch:
                yield (
                    f"{line.kind} {line.model} {line.method}".rstrip()
                    + f": takes {line.gpu_gb:.0f} GB, a GPU has {self.hardware.memory_gb:g}"
                )
        needed, free = self._disk(), shutil.disk_usage(self.root).free
        if needed > free:
            yield (
                f"disk: models, data, adapters and checkpoints take {needed / 1e9:.0f} GB, "
                f"{free / 1e9:.0f} are free"
            )

    def _absent_models(self) -> list[str]:
        return [
            model
            for model in self.study.models
            for files in [layout.published_files(self.study, model)]
            if not all((self.root / file).exists() for file in files)
        ]

    def _lacking_models(self) -> Iterator[str]:
        for model in self._absent_models():
            source = self.study.config.models[model].hub or "a recipe"
            if model in self.sizes:
                source = f"{self._published_bytes(model) / 1e9:.1f} GB from {source}"
            yield f"model {model}: not there ({source}); snakemake bases"
        for model, settings in self.configs.items():
            if settings is None:
                yield (
                    f"model {model}: no config.json in {self.study.config.models[model].base} or "
                    f"{ARCHITECTURES}/{model}, so that its jobs are not counted here"
                )

    def _published_bytes(self, model: str) -> int:
        """Of a checkpoint in 16 bits."""
        return 2 * self.sizes[model].total

    def _absent_datasets(self) -> list[str]:
        mixture = self.study.config.seen_mixture
        used = {*self.study.datasets, *self.study.targets, *(mixture.datasets if mixture else ())}
        absent = []
        for name in (name for name in self.study.config.datasets if name in used):
            splits = [split for split, rows in self.study.sizes(name) if rows]
            files = [layout.split_file(self.study, name, split) for split in splits]
            if not all((self.root / file).is_file() for file in files):
                absent.append(name)
        return absent

    def _disk(self) -> float:
        """Bytes that the files of the study will still take.

        Bases as downloaded and as prepared, and fully fine-tuned ones; sources and splits of real
        data; adapters; and the checkpoints of one training, the new one beside the old.
        """
        needed = 0.0
        for model in self._absent_models():
            needed += 2 * self._published_bytes(model) if model in self.sizes else 0
        real = [name for name in self._absent_datasets() if not DATASETS[name].mini]
        for source in {source for name in real for source in DATASETS[name].sources}:
            absent = not (self.root / layout.SOURCES / source).is_dir()
            needed += SOURCE_BYTES if absent else 0
        needed += sum(IMAGE_BYTES * sum(r for _, r in self.study.sizes(name)) for name in real)
        trained = [0]
        if self.study.config.seen_mixture:
            width = _bytes({"precision": self.study.config.training.precision})
            for model, sizes in self.sizes.items():
                if not (self.root / self.study.base(model)).is_dir():
                    needed += width * sizes.total
                    trained.append(sizes.language)
        for run in self.runs:
            if not self._trained_already(run):
                kept = len(self.study.train_settings(run).get("kept_epochs", ()))
                trained.append(self.trained(run))
                needed += 4 * trained[-1] * (1 + kept)
        return needed + 2 * CHECKPOINT * max(trained)


def _bytes(settings: Mapping[str, Any]) -> int:
    """Of a weight in the precision of a job."""
    return PRECISIONS[settings["precision"]].itemsize


def _method(run: Run) -> tuple[Any, ...]:
    return run.method, run.location, run.size


def as_text(plan: Plan, study: Study) -> str:
    """The plan to read: a table, its total, what is lacking, what is left to do by hand."""
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
    if plan.by_hand:
        rows += ["", "to do by hand (docs/judges.md):", *(f"  {each}" for each in plan.by_hand)]
    return "\n".join(rows)
