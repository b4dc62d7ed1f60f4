"""Cells without a score: the job that is to blame, why, and the command that tries it again."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft import places, results
from mmpeft.aggregation import FAILED, MISSING
from mmpeft.datasets.registry import DATASETS, PREPARATION
from mmpeft.failures import passed_on
from mmpeft.models.mini.recipe import RECIPES

# Of a job that has a log and no record: it is at work, was killed, or ended with an error.
UNFINISHED = "unfinished"


@dataclass(frozen=True, kw_only=True)
class Unscored:
    """A job without a result, and the scores that wait for it.

    status: one of `failures.STATUSES`, or UNFINISHED. output: what the job writes. All paths are
    relative to the folder that Snakemake runs in.
    """

    status: str
    reason: str
    output: str
    log: str
    scores: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """What a study has no score for.

    jobs: those to blame. not_begun: scores that are missing although no job is to blame.
    """

    jobs: tuple[Unscored, ...]
    not_begun: tuple[str, ...] = ()


def unscored(grid: Mapping[str, Any], folder: Path) -> Gaps:
    """The jobs that stand between the cells of a study and their scores, in the order of the grid.

    grid: `Study.manifest`. folder: results/<study>, beside data sets, downloads and bases. A study
    of the paper's numbers has no jobs, hence no gaps.
    """
    if grid["source"] == "reported":
        return Gaps(jobs=())
    rows = results.collect(grid, folder)
    gaps = rows[rows["headline"] & rows["status"].isin([FAILED, MISSING])]
    found: dict[str, Unscored] = {}
    waiting: dict[str, dict[str, None]] = {}
    not_begun: dict[str, None] = {}
    for row in gaps.to_dict("records"):
        job, score = _to_blame(row, grid, folder), (folder / row["scores_record"]).as_posix()
        if job is None:
            not_begun[score] = None
        else:
            found.setdefault(job.output, job)
            waiting.setdefault(job.output, {})[score] = None
    jobs = (replace(job, scores=tuple(waiting[output])) for output, job in found.items())
    return Gaps(jobs=tuple(jobs), not_begun=tuple(not_begun))


def _to_blame(row: Mapping[str, Any], grid: Mapping[str, Any], folder: Path) -> Unscored | None:
    """The first job on the way to the score of a row that has failed or has not ended."""
    for output, log in _jobs(row, grid, folder):
        if not output.exists():
            if log.is_file():
                return _job(UNFINISHED, _last_line(log), output, log)
        elif (failure := passed_on(output)) is not None:
            return _job(failure.status, failure.reason, output, log)
    if row["status"] == FAILED:  # of an evaluation, single epochs are not judged yet
        return _job(row["failure"], row["reason"], output, log)
    return None


def _job(status: str, reason: str, output: Path, log: Path) -> Unscored:
    paths = {"output": output.as_posix(), "log": log.as_posix()}
    return Unscored(status=status, reason=reason, scores=(), **paths)


def _jobs(
    row: Mapping[str, Any], grid: Mapping[str, Any], folder: Path
) -> Iterator[tuple[Path, Path]]:
    """(what it writes, its log) of each job on the way to a score, in the order of their work."""
    logs, shared, model = folder / "logs", folder.parent, row["model"]
    if isinstance(model, str):
        yield from _base_jobs(grid["bases"][model], shared)
        for split in grid["mixture"]:
            yield from _data_jobs(split, shared)
        if grid["mixture"]:
            yield folder / places.seen_base(model), logs / "fine_tune_seen" / f"{model}.log"
    for dataset in (row["dataset"], row["target"]):
        if isinstance(dataset, str):
            yield from _data_jobs(grid["test_files"][dataset], shared)
    scores, run = folder / row["scores_record"], row["run"]
    if row["kind"] == "constant":
        yield scores, logs / "evaluate_constant" / f"{row['dataset']}.log"
    elif row["kind"] == "base":
        yield scores, logs / "evaluate_base" / row["model"] / f"{row['dataset']}.log"
    else:
        yield folder / row["train_record"], logs / "train" / f"{run}.log"
    if row["kind"] == "run":
        yield scores, logs / "evaluate" / f"{run}.log"
    if row["kind"] == "evaluation":
        evaluation, model, target = row["evaluation"], row["model"], row["target"]
        if {"evaluation": evaluation, "model": model, "target": target} in grid["images"]:
            captions = folder / places.base(model, target) / "scores.json"
            yield captions, logs / "evaluate_base" / model / f"{target}.log"
        images = folder / places.images(evaluation, model, target)
        yield images, logs / "select_images" / evaluation / model / f"{target}.log"
        log = f"{evaluation}/{target}/{run}.log"
        answers = folder / places.answers(evaluation, target, run) / "scores.json"
        yield answers, logs / "answer_epochs" / log
        rules = ("ask_judge", "import_annotations", "evaluate_epochs")
        possible = [logs / rule / log for rule in rules]
        yield scores, next(filter(Path.is_file, possible), possible[-1])


def _base_jobs(made_of: Mapping[str, Any], shared: Path) -> Iterator[tuple[Path, Path]]:
    """Those of a base as published, unless it is shipped."""
    for hub in made_of["hubs"]:
        yield shared / "downloads" / hub, shared / "downloads/logs" / f"{hub}.log"
    base = Path(made_of["base"])
    if base.parts[:2] == ("results", "bases"):
        start = None if made_of["hubs"] else RECIPES[base.name].start
        for name in filter(None, (start, base.name)):
            yield shared / "bases" / name, shared / "bases/logs" / f"{name}.log"


def _data_jobs(split: str, shared: Path) -> Iterator[tuple[Path, Path]]:
    """Those of a dataset, by the path of one of its splits: the sizes are those of the study."""
    dataset = Path(split).parts[0]
    for source in DATASETS[dataset].sources:
        yield shared / "sources" / source, shared / "sources/logs" / f"{source}.log"
    sizes = (shared / "datasets" / split).parent
    yield sizes / PREPARATION, sizes / "prepare_dataset.log"


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    return next((line for line in reversed(lines) if line), "its log is empty")


def table(gaps: Gaps) -> str:
    """The jobs in columns: status, scores that wait for it, what it writes; below, why."""
    jobs, not_begun = gaps.jobs, len(gaps.not_begun)
    more = f"missing scores whose jobs have not begun: {not_begun}" if not_begun else ""
    if not jobs:
        return "; ".join(filter(None, ["no job has failed", more]))
    frame = pd.DataFrame(
        {
            "status": [job.status for job in jobs],
            "scores": [len(job.scores) for job in jobs],
            "output": [job.output for job in jobs],
        }
    )
    heading, *lines = frame.to_string(index=False, justify="left").splitlines()
    told = (
        f"{line}\n    {job.reason}\n    log: {job.log}"
        for line, job in zip(lines, jobs, strict=True)
    )
    return "\n".join([heading, *told, *filter(None, [more])])


# Options of a call that say what the study is, and where and with what its jobs run.
_PROFILES = ("--profile", "--workflow-profile")
_KEPT = (
    *("--snakefile", "-s", "--directory", "-d", *_PROFILES),
    *("--configfile", "--configfiles", "--config", "-C"),
    *("--resources", "--res", "--default-resources", "--default-res", "--set-resources"),
)


def kept_options(call: Sequence[str]) -> list[str]:
    """Of the words of a call of Snakemake those that a call for the same study needs as well."""
    found, kept = [], False
    for word in call:
        if word.startswith("-"):
            kept = word.partition("=")[0] in _KEPT
        if kept:
            found.append(word)
    return found


def retry_command(jobs: Sequence[Unscored], call: Sequence[str]) -> str:
    """What to type to try these jobs again, and what waits for them, and nothing else.

    call: the words after `snakemake` with which the jobs were asked for; their profile, resources
    and study are those of the retry. A profile says how many cores there are, too.
    """
    targets = dict.fromkeys(path for job in jobs for path in job.scores)
    # What has no output is made anyway.
    again = [job.output for job in jobs if job.status != UNFINISHED]
    options = kept_options(call)
    profile = any(word.partition("=")[0] in _PROFILES for word in options)
    words = ["snakemake", *targets, *([] if profile else ["--cores", "all"]), *options]
    words += ["--forcerun", *again] if again else []
    return shlex.join(words)
