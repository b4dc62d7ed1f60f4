"""The shipped profiles mean what they say, however they are given."""

import os

import pytest
import yaml
from snakemake.cli import parse_args

from workflow_tree import ROOT, copy_workflow, planned, snakemake

PROFILES = {
    path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "profiles").glob("*/profile.yaml"))
}
# What Snakemake makes a number of.
CONVERTED = {"cores": len(os.sched_getaffinity(0)), "max-checksum-file-size": 64 * 10**6}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return copy_workflow(tmp_path_factory.mktemp("workflow"))


def understood(tree, monkeypatch, *arguments):
    """What Snakemake makes of a command line, profiles included; key -> value."""
    monkeypatch.chdir(tree)  # it looks for profiles/default here
    return vars(parse_args([*arguments])[1])


def test_profiles_are_found():
    assert set(PROFILES) == {"default", "local", "slurm", "kubernetes"}


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_the_lines_of_the_default_one(name):
    assert PROFILES["default"].items() <= PROFILES[name].items()


def test_the_default_profile_says_nothing_of_resources():
    assert not {"resources", "default-resources", "set-resources", "retries"} & set(
        PROFILES["default"]
    )


@pytest.mark.parametrize("option", ["--profile", "--workflow-profile"])
@pytest.mark.parametrize("name", ["local", "slurm", "kubernetes"])
def test_a_profile_holds_although_the_default_one_is_loaded_too(tree, monkeypatch, option, name):
    profile, found = PROFILES[name], understood(tree, monkeypatch, option, f"profiles/{name}")

    for key, value in profile.items():
        seen = found[key.replace("-", "_")]
        if key in ("resources", "default-resources"):
            assert {item.partition("=")[0] for item in value} <= set(seen), key
        else:
            assert seen == CONVERTED.get(key, value), key


def test_numbers_of_gpus_are_those_of_the_profile(tree, monkeypatch):
    """A `gpu: 1` of a default profile would win over these, and nobody would notice."""
    for option in ("--profile", "--workflow-profile"):
        found = understood(tree, monkeypatch, option, "profiles/slurm")
        assert found["resources"]["gpu"].value == 16
    assert "gpu" not in understood(tree, monkeypatch, "--cores", "1")["resources"]


def test_the_slurm_profile_needs_no_slurm_for_a_dry_run(tree):
    jobs = planned(
        tree, "--workflow-profile", "profiles/slurm", "--configfile", "studies/mini.yaml"
    )

    assert jobs["train"] == 602


def test_the_kubernetes_profile_needs_no_cluster_for_a_dry_run(tree):
    """Files lie in the checkout, as they do in a pod; the pods themselves are not under test."""
    place = ("--default-storage-prefix", str(tree), "--configfile", "studies/smoke.yaml")
    jobs = planned(tree, "--workflow-profile", "profiles/kubernetes", *place)

    assert jobs["train"] == jobs["evaluate"] == 10


def gpu_jobs(tree, *arguments):
    asked = ("--set-resources", "train:gpu=2", "evaluate:gpu=1")
    study = ("train_all", "--dry-run", "--configfile", "studies/smoke.yaml")
    return snakemake(tree, *study, "--cores", "2", *asked, *arguments)


def test_a_job_over_the_gpu_limit_is_an_error_and_not_clamped(tree):
    done = gpu_jobs(tree, "--resources", "gpu=1")

    assert done.returncode == 1
    assert "--resources gpu=1 is less than one job asks for: train (2)" in done.stdout


def test_jobs_within_the_limit_get_what_they_ask_for(tree):
    done = gpu_jobs(tree, "--resources", "gpu=2")

    assert done.returncode == 0, done.stdout
    assert done.stdout.count("gpu=2,") == done.stdout.count("rule train:") == 10
