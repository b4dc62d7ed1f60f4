"""`snakemake failures` says what failed, and its command tries that again and nothing else."""

import shlex
import shutil

import pytest
import yaml

import synthetic
from example_study import example_study
from mmpeft.study import load_study
from workflow_tree import copy_workflow, planned, snakemake

CONFIG = example_study(
    experiments={
        "main": {"model": ["mini-llava-7b"], "method": "all", "dataset": ["mini-okvqa"]},
    }
)
STUDY = ("--configfile", "studies/example.yaml")


@pytest.mark.study
def test_the_printed_command_tries_what_failed_and_nothing_else(tmp_path):
    tree = copy_workflow(tmp_path)
    (tree / "studies/example.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    study = load_study(CONFIG)
    failed, killed, *_ = study.runs
    results = synthetic.write_records(tree / "results/example", study)
    for run in study.runs:
        (results / "runs" / run.id / "adapter").mkdir()
    synthetic.fail(results, failed, "out of memory: none left")
    shutil.rmtree(results / "runs" / killed.id)
    log = results / f"logs/train/{killed.id}.log"
    log.parent.mkdir(parents=True)
    log.write_text("RuntimeError: CUDA driver initialization failed\n")

    done = snakemake(tree, "failures", "--cores", "1", "--quiet", "--resources", "gpu=2", *STUDY)

    assert done.returncode == 0, done.stdout
    assert "out of memory: none left" in done.stdout
    assert "RuntimeError: CUDA driver initialization failed" in done.stdout
    command = next(line for line in done.stdout.splitlines() if line.startswith("snakemake "))
    assert "--resources gpu=2" in command
    jobs = planned(tree, *shlex.split(command)[1:])
    assert (jobs["train"], jobs["evaluate"]) == (2, 2)
    assert "collect" not in jobs
    assert "evaluate_base" not in jobs
