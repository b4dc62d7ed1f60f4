"""The smallest study from end to end: real bases, real jobs, every artefact, the report."""

import json
import os
import re
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from mmpeft.artefacts import FIGURE_FORMATS, FIGURES, TABLE_FORMATS, TABLES
from mmpeft.claims import load
from mmpeft.study import layout, load_study
from smoke_study import STUDY
from workflow_tree import ROOT, snakemake

pytestmark = pytest.mark.study

LOCAL = ("--cores", "all", *STUDY)


@pytest.fixture(scope="module")
def study():
    return load_study(yaml.safe_load((ROOT / "studies/smoke.yaml").read_text(encoding="utf-8")))


@pytest.fixture
def tree(finished_smoke):
    return finished_smoke[0]


@pytest.fixture
def log(finished_smoke):
    return finished_smoke[1]


@pytest.fixture
def results(tree):
    return pd.read_parquet(tree / "results/smoke/results.parquet")


def test_every_run_is_trained_and_scored(study, results):
    scored = results[results["kind"] == "run"]

    assert set(scored["run"]) == {run.id for run in study.runs}
    assert set(results["status"]) == {"ok"}
    assert results["value"].notna().all()


def test_every_evaluation_has_its_measurements(study, results):
    assert set(results["evaluation"].dropna()) == set(study.config.evaluations)


def test_every_artefact_is_rendered(study, tree):
    for declared, folder, formats in (
        (TABLES, "tables", TABLE_FORMATS),
        (FIGURES, "figures", FIGURE_FORMATS),
    ):
        expected = {
            f"{name}.{suffix}"
            for name in layout.artefacts_of(study, declared)
            for suffix in formats
        }
        written = {path.name: path for path in (tree / "results/smoke" / folder).iterdir()}
        assert written.keys() == expected
        assert all(path.stat().st_size for path in written.values())


def test_every_claim_has_a_verdict(tree, log):
    record = json.loads((tree / "results/smoke/claims.json").read_text(encoding="utf-8"))

    assert sum(record["counts"].values()) == len(record["claims"])
    assert len(load(ROOT / layout.CLAIMS)) == len(record["claims"])


def test_scheduler_rests_while_jobs_run(log):
    jobs = int(re.search(r"^total +(\d+)$", log, re.MULTILINE)[1])

    assert log.count("Ready jobs: ") <= 2 * jobs


def test_nothing_is_left_to_do(tree):
    assert "Nothing to be done" in snakemake(tree, *LOCAL).stdout


def test_results_agree_with_their_records(tree):
    tool = [sys.executable, "workflow_scripts/tools/check_study.py", "results/smoke"]
    environment = os.environ | {"PYTHONPATH": str(tree / "workflow_scripts")}
    done = subprocess.run(
        tool, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_results_are_exported(study, tree):
    done = snakemake(tree, "exports", *LOCAL)

    assert done.returncode == 0, done.stdout[-4000:]
    folder = tree / "results/smoke/exports"
    assert len(list((folder / "method_comparison").iterdir())) == len(study.runs)
    epochs = sum(measurement.places for measurement in study.measurements)
    answered = len(study.runs) + len(study.baselines) + epochs
    assert len(list((folder / "lmms_eval").glob("*/*.jsonl"))) == answered


def test_report_is_built(tree):
    done = snakemake(tree, *LOCAL, "--report", "results/smoke/report.html")

    assert done.returncode == 0, done.stdout[-4000:]
    report = (tree / "results/smoke/report.html").read_text(encoding="utf-8")
    for name in ("table01_main.html", "table10_prompts.html"):
        assert name in report
