"""What a cluster does to jobs now and then; the waits of Slurm make these tests take minutes.

`python -m pytest -m slurm_faults tests/cluster` runs them; docs/running-at-scale.md says what came.
"""

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest

from slurm_driver import command

pytestmark = pytest.mark.slurm_faults


@contextmanager
def running(tree, *arguments):
    """Snakemake in the background, ended after the block in any case."""
    with (tree / "driver.log").open("w") as log:
        process = subprocess.Popen(
            command(*arguments), cwd=tree, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(true, what, seconds=300):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def begun(tree):
    """Slurm's numbers of the attempts of `waiting` so far."""
    path = tree / "started"
    return path.read_text().split() if path.exists() else []


def let_go(tree, process):
    """Let `waiting` end, and the driver with it; returns what that printed."""
    (tree / "go").touch()
    wait_until(lambda: process.poll() is not None, "the driver ends")
    return (tree / "driver.log").read_text()


def set_node(state):
    """Change the state of the only node; it has the name of this machine."""
    node = f"NodeName={socket.gethostname().partition('.')[0]}"
    subprocess.run(
        ["scontrol", "update", node, f"State={state}", "Reason=test"], check=True, timeout=60
    )


def queue(format_):
    """One line for each job that waits or runs."""
    listed = ["squeue", "--noheader", "--format", format_]
    return subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()


def test_a_job_over_its_time_gets_more(driver, tree):
    done = driver(tree, "late")

    assert done.returncode == 0, done.stdout
    assert "SLURM status is: 'TIMEOUT'" in done.stdout
    assert (tree / "late").read_text() == "2\n"


def test_a_cancelled_job_is_done_again(slurm, tree):
    with running(tree, "waiting") as process:
        wait_until(lambda: begun(tree), "the job begins")
        subprocess.run(["scancel", *begun(tree)], check=True)
        wait_until(lambda: len(begun(tree)) == 2, "it begins again")
        log = let_go(tree, process)

    assert process.returncode == 0, log
    assert "SLURM status is: 'CANCELLED'" in log
    assert len(set((tree / "waiting").read_text().split())) == 2


def test_jobs_wait_for_a_drained_node(slurm, tree):
    set_node("drain")
    try:
        with running(tree, "waiting") as process:
            wait_until(lambda: queue("%T") == ["PENDING"], "the job waits")
            assert begun(tree) == []
            set_node("resume")
            wait_until(lambda: begun(tree), "the job begins")
            log = let_go(tree, process)
    finally:
        set_node("resume")

    assert process.returncode == 0, log
    assert len(begun(tree)) == 1


def test_a_job_of_a_lost_node_is_done_again(slurm, tree):
    with running(tree, "waiting") as process:
        wait_until(lambda: begun(tree), "the job begins")
        set_node("down")
        set_node("resume")
        wait_until(lambda: len(begun(tree)) == 2, "it begins again")
        log = let_go(tree, process)

    assert process.returncode == 0, log
    assert "SLURM status is: 'NODE_FAIL'" in log


def test_jobs_of_a_killed_driver_end_and_count(driver, tree):
    with running(tree, "waiting") as process:
        wait_until(lambda: begun(tree), "the job begins")
        os.kill(process.pid, signal.SIGKILL)
    (tree / "go").touch()
    wait_until(lambda: queue("%T") == [], "the job ends")
    locked = driver(tree, "waiting")
    unlocked = driver(tree, "waiting", "--unlock")
    done = driver(tree, "waiting")

    assert locked.returncode == 1
    assert "--unlock" in locked.stdout
    assert unlocked.returncode == 0, unlocked.stdout
    assert done.returncode == 0, done.stdout
    assert "Nothing to be done" in done.stdout
    assert len(begun(tree)) == 1
