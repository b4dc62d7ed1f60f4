"""Jobs of a study get GPUs as it says: real leases, of devices that are mere names."""

import os
import shutil
from pathlib import Path

import pytest

from example_study import example_study
from stand_ins import finish
from workflow_tree import snakemake


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A study of one run whose jobs ask for a GPU, run on devices 6 and 7."""
    tree = tmp_path_factory.mktemp("finished")
    main = {"model": ["mini-llava-7b"], "method": ["lora"], "dataset": ["mini-okvqa"]}
    study = example_study(experiments={"main": main})
    for resources in study["resources"].values():
        resources["gpu"] = 1
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(tree).items():
            patch.setenv(name, value)
        return finish(tree, study)


def environment(tree, devices="6,7"):
    """Two devices, which nobody knows; and locks of our own."""
    (tree / "locks").mkdir(exist_ok=True)
    return {
        "CUDA_VISIBLE_DEVICES": devices,
        "TMPDIR": str(tree / "locks"),
        "PATH": os.pathsep.join(
            part
            for part in os.environ["PATH"].split(os.pathsep)
            if not Path(part, "nvidia-smi").exists()
        ),
    }


@pytest.fixture
def tree(finished, tmp_path, monkeypatch) -> Path:
    """The finished study without its training."""
    tree = tmp_path / "tree"
    shutil.copytree(finished, tree)
    next(tree.rglob("train.json")).unlink()
    for name, value in environment(tree).items():
        monkeypatch.setenv(name, value)
    return tree


def log_of_training(tree):
    return next((tree / "results/example/logs/train").rglob("*.log")).read_text()


def test_jobs_hold_leases_while_they_run(finished):
    locks = {path.name for path in (finished / "locks/mmpeft-gpus/machine").iterdir()}

    assert "device-6" in locks


def test_a_study_without_a_limit_of_gpus_runs_and_is_warned(tree):
    done = snakemake(tree, "train_all", "--cores", "2")

    assert done.returncode == 0, done.stdout
    assert "jobs ask for GPUs (train, evaluate, evaluate_base, " in done.stdout


def test_with_a_limit_there_is_no_warning(tree):
    done = snakemake(tree, "train_all", "--cores", "2", "--resources", "gpu=2")

    assert done.returncode == 0, done.stdout
    assert "jobs ask for GPUs" not in done.stdout


def test_without_gpus_a_job_fails_with_the_reason_in_its_log(tree, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    done = snakemake(tree, "train_all", "--cores", "2", "--resources", "gpu=2")

    assert done.returncode == 1
    assert "1 GPUs asked for, CUDA_VISIBLE_DEVICES has 0" in log_of_training(tree)


def test_without_gpus_it_runs_on_the_cpu_if_the_user_says_so(tree, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("MMPEFT_CPU_FALLBACK", "1")
    done = snakemake(tree, "train_all", "--cores", "2", "--resources", "gpu=2")

    assert done.returncode == 0, done.stdout
    assert "runs on the CPU, as MMPEFT_CPU_FALLBACK says" in log_of_training(tree)
