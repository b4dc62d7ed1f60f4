"""Copies of the workflow to run Snakemake in, away from the results of the checkout."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mmpeft.artefacts import FIGURES, TABLES
from mmpeft.study import layout

ROOT = Path(__file__).parents[1]
_PARTS = (
    *("Snakefile", "config.yaml", "rules", "profiles", "studies", "workflow_scripts", "envs"),
    "reference/paper",
)


def copy_workflow(folder: Path) -> Path:
    """Copy everything but results; bases are empty files, which a dry run does not read."""
    for part in _PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    for file in [folder / "config.yaml", *(folder / "studies").glob("*.yaml")]:
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"].values():
            if model["base"].startswith("reference/"):
                for name in ("config.json", "model.safetensors"):
                    path = folder / model["base"] / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()
    claims = Path(layout.CLAIMS)
    (folder / claims).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / claims, folder / claims)
    return folder


def artefact_jobs(study: Mapping[str, Any]) -> dict[str, int]:
    """Jobs that show the results of a study, given as its file has it."""
    source = study.get("source", "run")
    return {"check_claims": 1, "overview": 1} | {
        rule: sum(
            source in artefact.sources
            and all(
                set(names) <= set(study.get(part, ())) for part, names in artefact.needs.items()
            )
            for artefact in all_.values()
        )
        for rule, all_ in (("render_table", TABLES), ("render_figure", FIGURES))
    }


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake as a user does; stdout and stderr come together in `stdout`."""
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def planned(folder: Path, *arguments: str) -> dict[str, int]:
    """Jobs per rule that Snakemake would run, without target rules that only collect files."""
    done = snakemake(folder, *arguments, "--dry-run", "--cores", "2", "--quiet", "rules")
    assert done.returncode == 0, done.stdout
    if "Nothing to be done" in done.stdout:
        return {}
    counts = job_counts(done.stdout)
    assert counts, done.stdout
    targets = {
        "all",
        "tables",
        "figures",
        "train_all",
        "evaluate_all",
        "annotation_sheets",
        "datasets",
        "bases",
        "rebuild_bases",
    }
    return {rule: count for rule, count in counts.items() if rule not in targets}


def job_counts(printed: str) -> dict[str, int]:
    """Jobs per rule of what Snakemake has printed before it runs them, target rules included."""
    table = printed.partition("Job stats:")[2].partition("total ")[0]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
