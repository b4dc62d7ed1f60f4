"""A study whose Snakemake is killed and started again ends like one that was left in peace."""

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from smoke_study import STUDY, smoke_tree
from workflow_tree import snakemake

SAME = ["kind", "run", "dataset", "target", "epoch", "metric", "value", "n", "status"]
RUNS_BEFORE, WAIT_S = 3, 600


def trained(folder):
    return sorted(folder.rglob("train.json"))


@pytest.mark.study
def test_a_killed_snakemake_costs_no_result_and_needs_no_expert(finished_smoke, tmp_path):
    tree = smoke_tree(tmp_path)
    results = tree / "results/smoke"
    begun = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "all", *STUDY],
        cwd=tree,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ends = time.monotonic() + WAIT_S
    while len(trained(results)) < RUNS_BEFORE and begun.poll() is None and time.monotonic() < ends:
        time.sleep(0.05)
    os.kill(begun.pid, signal.SIGKILL)
    assert begun.wait() == -signal.SIGKILL
    kept = {path: path.read_bytes() for path in trained(results)}
    assert len(kept) >= RUNS_BEFORE

    done = snakemake(tree, "--cores", "all", *STUDY)

    assert done.returncode == 0, done.stdout[-4000:]
    assert "removed the locks of a Snakemake that was killed" in done.stdout
    undisturbed = finished_smoke[0] / "results/smoke"
    tables = [pd.read_parquet(folder / "results.parquet") for folder in (results, undisturbed)]
    pd.testing.assert_frame_equal(*(table[SAME] for table in tables))
    for name in ("losses.parquet", "items.parquet"):
        pd.testing.assert_frame_equal(*(pd.read_parquet(f / name) for f in (results, undisturbed)))
    # Snakemake may have been killed before it took note of the last ones.
    assert any(path.read_bytes() == content for path, content in kept.items())
    assert not list(results.rglob("*.lock"))
    assert not list(results.rglob("checkpoint"))
