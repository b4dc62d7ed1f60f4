import fcntl
import platform
import subprocess
import sys

import pytest

from mmpeft.startup import Left, hold
from workflow_tree import copy_workflow, snakemake

OURS = "0.output.lock"


def leave(state, *, cluster=False):
    """What a Snakemake leaves that was killed."""
    file, _ = hold(state, cluster=cluster)
    file.close()
    (state / "locks").mkdir(exist_ok=True)
    (state / "locks" / OURS).write_text("results/a\n")


def start(state, *, cluster=False):
    """(what the next one finds, the locks that are left)."""
    file, left = hold(state, cluster=cluster)
    file.close()
    return left, [path.name for path in (state / "locks").iterdir()]


def test_locks_of_a_killed_one_are_removed(tmp_path):
    leave(tmp_path)
    assert start(tmp_path) == (Left.FREED, [])
    assert start(tmp_path) == (Left.NOTHING, [])


def test_locks_of_one_on_a_cluster_are_left_alone(tmp_path):
    """Its jobs live on, or wait: they would remove what the next one makes."""
    leave(tmp_path, cluster=True)
    for cluster in (True, False, False):
        assert start(tmp_path, cluster=cluster) == (Left.LOCKED, [OURS])
    (tmp_path / "locks" / OURS).unlink()  # as `--unlock` does
    assert start(tmp_path) == (Left.NOTHING, [])
    leave(tmp_path)
    assert start(tmp_path) == (Left.FREED, [])


@pytest.fixture
def other(tmp_path):
    """A Snakemake on this machine that is alive, say a dry run, and can be killed."""
    held = "from mmpeft.startup import hold; from pathlib import Path; import sys; "
    held += "kept = hold(Path(sys.argv[1]), cluster=False); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", held, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        yield process
        process.kill()


def test_locks_are_left_alone_while_another_one_lives(tmp_path, other):
    leave(tmp_path)
    assert start(tmp_path) == (Left.NOTHING, [OURS])
    other.kill()
    other.wait()
    assert start(tmp_path) == (Left.FREED, [])


def test_one_on_a_cluster_that_began_beside_another_one_is_known(tmp_path, other):
    leave(tmp_path, cluster=True)
    other.kill()
    other.wait()
    assert start(tmp_path) == (Left.LOCKED, [OURS])


def test_locks_of_another_machine_are_left_alone(tmp_path, monkeypatch):
    leave(tmp_path)
    monkeypatch.setattr(platform, "node", lambda: "another")
    for _ in range(2):
        assert start(tmp_path) == (Left.LOCKED, [OURS])


def test_without_locks_of_files_nothing_is_removed(tmp_path, monkeypatch):
    leave(tmp_path)

    def flock(file, how):
        raise OSError("no locks here")

    monkeypatch.setattr(fcntl, "flock", flock)
    assert start(tmp_path) == (Left.NOTHING, [OURS])


def test_the_workflow_says_where_its_jobs_run(tmp_path):
    """The real Snakefile, as a driver on a login node and as one that follows it."""
    tree = copy_workflow(tmp_path)
    study = ("--configfile", "studies/smoke.yaml")
    driver = snakemake(tree, "--dry-run", "--workflow-profile", "profiles/slurm", *study)
    assert driver.returncode == 0, driver.stdout
    (tree / ".snakemake/locks").mkdir(exist_ok=True)
    (tree / ".snakemake/locks" / OURS).write_text("results/smoke/results.parquet\n")

    refused = snakemake(tree, "results/smoke/results.parquet", "--cores", "1", *study)
    assert refused.returncode == 1
    assert "call `snakemake --unlock`" in refused.stdout
    assert "Directory cannot be locked" in refused.stdout
    assert snakemake(tree, "--unlock", *study).returncode == 0
    assert not (tree / ".snakemake/locks").exists()
