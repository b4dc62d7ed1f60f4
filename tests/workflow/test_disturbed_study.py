"""A study that is disturbed while it runs ends like one that was left in peace."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import yaml

from mmpeft.study import layout, load_study
from smoke_study import STUDY, smoke_tree
from workflow_tree import snakemake

SAME = ["kind", "run", "dataset", "target", "epoch", "metric", "value", "n", "status"]
RUNS_BEFORE, WAIT_S = 3, 600


def trained(folder):
    return sorted(folder.rglob("train.json"))


def settings(tree, study):
    """What the record of each run has to say of how it was trained."""
    asked = (study.train_settings(run) for run in study.runs)
    return dict(zip((tree / record for record in layout.record_files(study)), asked, strict=True))


def start(tree, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", *arguments, *STUDY],
        cwd=tree,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process):
    """End Snakemake, and only it."""
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def wait_for_orphans(results):
    ends = time.monotonic() + WAIT_S
    while list(results.rglob("train.lock")) and time.monotonic() < ends:
        time.sleep(0.05)


def wait_for(runs, results, process):
    ends = time.monotonic() + WAIT_S
    while len(trained(results)) < runs and process.poll() is None and time.monotonic() < ends:
        time.sleep(0.05)


@pytest.mark.study
def test_edits_a_second_snakemake_and_a_kill_cost_no_result_and_need_no_expert(
    finished_smoke, tmp_path
):
    tree = smoke_tree(tmp_path)
    results, file = tree / "results/smoke", tree / STUDY[1]
    begun = start(tree, "--cores", "all")
    wait_for(1, results, begun)
    written = file.read_text()
    edited = written.replace("epochs: 1", "epochs: 3")
    assert edited != written
    file.write_text(edited)
    second = snakemake(tree, "--cores", "all", *STUDY)
    assert begun.poll() is None
    assert second.returncode == 1
    assert "Directory cannot be locked" in second.stdout
    wait_for(RUNS_BEFORE, results, begun)
    kill(begun)
    wait_for_orphans(results)
    kept = {path: path.read_bytes() for path in trained(results)}
    assert len(kept) >= RUNS_BEFORE
    wanted = settings(tree, load_study(yaml.safe_load(written)))
    assert {path: json.loads(kept[path])["settings"] for path in kept}.items() <= wanted.items()

    file.write_text(written)
    done = snakemake(tree, "--cores", "all", *STUDY)

    assert done.returncode == 0, done.stdout[-4000:]
    assert "removed the locks of a Snakemake that was killed" in done.stdout
    undisturbed = finished_smoke[0] / "results/smoke"
    tables = [pd.read_parquet(folder / "results.parquet") for folder in (results, undisturbed)]
    pd.testing.assert_frame_equal(*(table[SAME] for table in tables))
    for name in ("losses.parquet", "items.parquet"):
        pd.testing.assert_frame_equal(*(pd.read_parquet(f / name) for f in (results, undisturbed)))
    assert {path: path.read_bytes() for path in kept} == kept
    assert not list(results.rglob("*.lock"))
    assert not list(results.rglob("checkpoint"))


@pytest.mark.study
def test_what_a_job_finishes_after_snakemake_was_killed_is_not_done_again(tmp_path):
    tree = smoke_tree(tmp_path)
    results = tree / "results/smoke"
    listed = snakemake(tree, "train_all", "--dry-run", "--cores", "1", *STUDY)
    record = tree / re.search(r"\S+/train\.json", listed.stdout)[0]
    begun = start(tree, str(record.relative_to(tree)), "--cores", "1")
    ends = time.monotonic() + WAIT_S
    while not list(results.rglob("train.lock")) and time.monotonic() < ends:
        assert begun.poll() is None
        time.sleep(0.01)
    kill(begun)
    assert not record.exists()
    wait_for_orphans(results)
    made = record.read_bytes()

    done = snakemake(tree, str(record.relative_to(tree)), "--cores", "1", *STUDY)
    assert done.returncode == 0, done.stdout
    assert record.read_bytes() == made
    (log,) = (results / "logs/train").rglob("*.log")
    assert "taking over what another process has finished" in log.read_text()
    again = snakemake(tree, str(record.relative_to(tree)), "--cores", "1", *STUDY)
    assert "Nothing to be done" in again.stdout, again.stdout
    assert sorted(path.name for path in record.parent.iterdir()) == [
        "adapter",
        "loss.csv",
        "train.json",
    ]


@pytest.mark.study
def test_a_job_elsewhere_does_not_run_an_edited_study(tmp_path):
    """As a scheduler starts it, with the environment of the Snakemake that planned it."""
    tree = smoke_tree(tmp_path)
    command = [
        *(sys.executable, "-m", "snakemake", "results/smoke/study.json", *STUDY),
        *("--mode", "remote", "--cores", "1", "--nolock"),
    ]
    job = subprocess.run(
        command,
        cwd=tree,
        env=os.environ | {"MMPEFT_STUDY": "another"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert job.returncode == 1
    assert "has been edited since this study was started" in job.stdout
