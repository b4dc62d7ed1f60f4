"""What Snakemake needs to plan a study: as it grows, and when a finished one gets another seed.

Plans are dry runs in a copy of the workflow. Studies of many sizes are parts of studies/paper.yaml
with more and more seeds; whether planning grows as a straight line is fitted, written to a table
and drawn. For the finished study every file of studies/mini.yaml is made up, and Snakemake told
that it has written them all; then a plan looks at its records of each. Beside each size stands what
Snakemake itself needs for as many jobs, of rules without functions.
"""

import argparse
import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from checkout import ROOT
from processes import Cost, run
from reporting import Table
from studies import shipped, with_one_more_seed, with_seeds

from mmpeft.study import layout, load_study
from workflow_tree import copy_workflow, job_counts

RUNS = (100, 300, 1_000, 3_000, 10_000)
# `--touch` waits before each file; with the clock of a file system of today it need not.
TOUCH = """
from snakemake.cli import main
from snakemake.executors.touch import Executor

Executor.SLEEPING_TIME = 0
main()
"""
# Pairs of jobs with about as many files as a training and its scoring.
BARE = """
rule all:
    input:
        expand("{{run}}/scores", run=range({pairs})),

rule train:
    input:
        "base", "weights", "train", "validation", "preparation",
    output:
        "{{run}}/adapter", "{{run}}/losses", "{{run}}/record",
    log:
        "{{run}}/train.log",
    benchmark:
        "{{run}}/train.tsv"
    threads: 1
    resources:
        gpu=1,
        mem_mb=1,
        runtime=1,
    shell:
        "{{input}} {{output}} {{log}}"

rule evaluate:
    input:
        "base", "weights", "test", "preparation", rules.train.output,
    output:
        "{{run}}/predictions", "{{run}}/scores",
    log:
        "{{run}}/evaluate.log",
    benchmark:
        "{{run}}/evaluate.tsv"
    threads: 1
    resources:
        gpu=1,
        mem_mb=1,
        runtime=1,
    shell:
        "{{input}} {{output}} {{log}}"
"""
PLANNING = ("--dry-run", "--quiet", "rules", "--resources", "gpu=4")


@dataclass(frozen=True, slots=True)
class Plan:
    """A dry run: the size of the study, the jobs planned, and medians of what it took."""

    runs: int
    jobs: Mapping[str, int]
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def plan(tree: Path, config: Mapping[str, Any], repeats: int = 1) -> Plan:
    """Plan a study in a copy of the workflow, several times."""
    file = _write(tree, config)
    costs = [_snakemake(tree, file, *PLANNING) for _ in range(repeats)]
    return Plan(
        len(load_study(config).runs),
        job_counts(costs[0].output),
        *(
            median(getattr(cost, name) for cost in costs)
            for name in ("wall_seconds", "cpu_seconds", "peak_mib")
        ),
    )


def plan_bare(jobs: int) -> tuple[int, Cost]:
    """Plan about as many jobs of BARE; returns how many they were and what it took."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("base", "weights", "train", "validation", "test", "preparation"):
            (Path(folder) / name).touch()
        file = Path(folder) / "Snakefile"
        file.write_text(BARE.format(pairs=max(1, jobs // 2)), encoding="utf-8")
        cost = run("-m", "snakemake", *PLANNING, "--cores", "all", cwd=Path(folder))
    return sum(job_counts(cost.output).values()), cost


def part_with_seeds(study: Mapping[str, Any], runs: int) -> dict[str, Any]:
    """About as many runs: a part of a complete study, evaluations included, with more seeds.

    The part is small, so that no size needs another one: the main experiment on one model, the
    long trainings and the visual encoders.
    """
    experiments = {name: study["experiments"][name] for name in ("main", "long", "visual_encoder")}
    (model,) = experiments["long"]["model"]
    experiments["main"] = {**experiments["main"], "model": [model]}
    part = {**study, "experiments": experiments, "examples": {}}
    return with_seeds(part, max(1, round(runs / len(load_study(part).runs))))


def finish(tree: Path, config: Mapping[str, Any]) -> None:
    """Let Snakemake take a study for finished: made-up files, and its records of them."""
    file, study = _write(tree, config), load_study(config)
    adapters = set(layout.adapter_folders(study))
    summary = _snakemake(tree, file, "--summary").output.splitlines()[1:]
    for line in summary:
        path = tree / line.split("\t")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        if line.split("\t")[0] in adapters:
            path.mkdir(exist_ok=True)
        else:
            path.write_text("{}")  # of a JSON file Snakemake reads how its job ended
    words = ("--touch", "--quiet", "all", "--resources", "gpu=4")
    run("-c", TOUCH, *words, *_common(file), cwd=tree)


def _snakemake(tree: Path, file: Path, *words: str) -> Cost:
    return run("-m", "snakemake", *words, *_common(file), cwd=tree)


def _common(file: Path) -> tuple[str, ...]:
    return ("--cores", "all", "--configfile", str(file))


def _write(tree: Path, config: Mapping[str, Any]) -> Path:
    file = tree / "planned.yaml"
    file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return file


def measure_growth(tree: Path, runs: Sequence[int], repeats: int) -> list[Plan]:
    """Plan studies of these sizes and print a line for each."""
    table = Table(
        *("runs", "jobs", "wall (s)", "CPU (s)", "peak (MiB)", "CPU per further run (ms)"),
        *("jobs without functions", "wall (s)"),
    )
    plans: list[Plan] = []
    for number in runs:
        one = plan(tree, part_with_seeds(shipped("paper"), number), repeats)
        further = "-"
        if plans:
            last = plans[-1]
            further = (one.cpu_seconds - last.cpu_seconds) / (one.runs - last.runs) * 1000
        jobs = sum(one.jobs.values())
        bare_jobs, bare = plan_bare(jobs)
        table.add(
            *(one.runs, jobs, one.wall_seconds, one.cpu_seconds, one.peak_mib, further),
            *(bare_jobs, bare.wall_seconds),
        )
        plans.append(one)
    return plans


def measure_further_seed(tree: Path, config: Mapping[str, Any], repeats: int) -> None:
    """Plan a finished study as it is and with another seed; print a line for each.

    Raises RuntimeError if another number of trainings is planned than there are new runs.
    """
    finish(tree, config)
    table = Table("finished study", "runs", "jobs planned", "wall (s)", "CPU (s)", "peak (MiB)")
    done = len(load_study(config).runs)
    for label, changed in (
        ("as it is", config),
        ("with another seed", with_one_more_seed(config)),
    ):
        one = plan(tree, changed, repeats)
        if one.jobs.get("train", 0) != one.runs - done:
            raise RuntimeError(f"{label}: {one.runs - done} new runs, but {one.jobs} planned")
        jobs = sum(one.jobs.values())
        table.add(label, one.runs, jobs, one.wall_seconds, one.cpu_seconds, one.peak_mib)


def write_growth(plans: Sequence[Plan], folder: Path) -> None:
    """Write growth.csv, .png and .svg, and print the straight lines that fit."""
    import numpy as np

    from mmpeft.figures import style

    folder.mkdir(parents=True, exist_ok=True)
    columns = ("runs", "wall_seconds", "cpu_seconds", "peak_mib")
    with (folder / "growth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([getattr(one, name) for name in columns] for one in plans)
    runs = np.array([one.runs for one in plans])
    with style.context():
        drawn = style.figure(2.6)
        panels = drawn.subplots(2, 1, sharex=True)
        for axes, name, label in zip(
            panels, ("wall_seconds", "peak_mib"), ("seconds", "MiB"), strict=True
        ):
            values = np.array([getattr(one, name) for one in plans])
            slope, start = np.polyfit(runs, values, 1)
            line = start + slope * runs
            explained = 1 - ((values - line) ** 2).sum() / ((values - values.mean()) ** 2).sum()
            print(
                f"{name}: {start:.1f} + {1000 * slope:.2f} per 1,000 runs, "
                f"R squared {explained:.4f}"
            )
            axes.plot(runs, line, color=style.NEUTRAL, linewidth=0.8, label="straight line")
            axes.plot(runs, values, "o", markersize=3.5, color=style.COLOURS["Adapter"])
            axes.set_ylabel(label)
            axes.set_ylim(bottom=0)
        panels[-1].set_xlabel("fine-tuning runs in the study")
        panels[0].legend()
        for suffix in ("png", "svg"):
            drawn.savefig(folder / f"growth.{suffix}")


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="+", default=RUNS, help="sizes of studies")
    parser.add_argument("--repeats", type=int, default=3, help="plans of each study")
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench", help="folder of the plot")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tree = copy_workflow(Path(temporary))
        whole = plan(tree, shipped("paper"), args.repeats)
        print(f"studies/paper.yaml, {whole.runs} runs: {whole.wall_seconds:.1f} s wall\n")
        plans = measure_growth(tree, args.runs, args.repeats)
        print()
        write_growth(plans, args.out)
        print()
        measure_further_seed(tree, shipped("mini"), args.repeats)


if __name__ == "__main__":
    main()
