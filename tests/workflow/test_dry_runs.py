"""Each shipped study becomes the jobs that its grid asks for."""

import pytest
import yaml

from mmpeft.artefacts import FIGURES, TABLES
from workflow_tree import ROOT, artefact_jobs, copy_workflow, planned, snakemake


def once(study):
    """Jobs that a study has once, whatever its grid."""
    config = yaml.safe_load((ROOT / study).read_text(encoding="utf-8"))
    return {"describe_study": 1, "describe_models": 1, "collect": 1, **artefact_jobs(config)}


def of_runs(declared):
    """Artefacts that a study has whose numbers come from runs."""
    return [one for one in declared.values() if "run" in one.sources]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return copy_workflow(tmp_path_factory.mktemp("workflow"))


def test_default_study_by_the_command_of_the_readme(tree):
    artefacts = once("config.yaml")

    assert planned(tree, "--resources", "gpu=4") == {
        "prepare_dataset": 9,
        "train": 274,
        "evaluate": 274,
        "evaluate_base": 21,
        "evaluate_constant": 8,
        "evaluate_epochs": 36,
        "select_images": 1,
        **artefacts,
    }
    assert artefacts["render_table"] == len(of_runs(TABLES))
    assert artefacts["render_figure"] == len(FIGURES)


def test_smoke_study(tree):
    assert planned(tree, "--configfile", "studies/smoke.yaml") == {
        "prepare_dataset": 3,
        "train": 10,
        "evaluate": 10,
        "evaluate_base": 3,
        "evaluate_constant": 2,
        "select_images": 1,
        "evaluate_epochs": 3,
        **once("studies/smoke.yaml"),
    }


# Transfers: 4 methods x 3 sources x 2 targets, four epochs in a job; captions: 4 runs; mmhal: 8.
MINI = {"prepare_dataset": 9, "select_images": 1, "evaluate_epochs": 24 + 4 + 8}
# The same but that people and a server judge captions and answers afterwards.
PAPER = {
    "fetch_source": 9,
    "prepare_dataset": 9,
    # the tower of ShareGPT4V too, and OpenAI's that it is told apart from
    "download_checkpoint": 6,
    "prepare_base": 4,
    "evaluate_epochs": 24,
    "select_images": 1,
    "answer_epochs": 4 + 8,
    "import_annotations": 4,
    "ask_judge": 8,
}


@pytest.mark.parametrize(("name", "more"), [("mini", MINI), ("paper", PAPER)])
def test_complete_studies(tree, name, more):
    assert planned(tree, "--configfile", f"studies/{name}.yaml") == {
        "train": 602,
        "evaluate": 602,
        "evaluate_base": 32,
        "evaluate_constant": 8,
        **once(f"studies/{name}.yaml"),
        **more,
    }
    for rule, all_ in (("render_table", TABLES), ("render_figure", FIGURES)):
        assert once(f"studies/{name}.yaml")[rule] == len(of_runs(all_))


REPORTED = ("--configfile", "studies/reported.yaml")


def test_reported_study_runs_nothing(tree):
    assert planned(tree, *REPORTED) == once("studies/reported.yaml")


def test_targets(tree):
    assert planned(tree, "train_all", "--configfile", "studies/smoke.yaml") == {
        "prepare_dataset": 2,
        "train": 10,
    }
    exported = planned(tree, "exports", "--configfile", "studies/smoke.yaml")
    assert (exported["exports"], exported["train"], exported["evaluate"]) == (1, 10, 10)
    assert not {"collect", "render_table", "overview"} & set(exported)
    assert planned(tree, "annotation_sheets", "--configfile", "studies/paper.yaml") == {
        "fetch_source": 2,
        "prepare_dataset": 2,
        "download_checkpoint": 1,
        "prepare_base": 1,
        "evaluate_base": 1,
        "sheet_of_base": 1,
        "select_images": 1,
        "train": 4,
        "answer_epochs": 4,
        "sheet_of_runs": 1,
    }
    assert planned(tree, "bases") == planned(tree, "bases", *REPORTED) == {}
    assert planned(tree, "bases", "--configfile", "studies/paper.yaml") == {
        "download_checkpoint": 6,
        "prepare_base": 4,
    }
    assert planned(tree, "rebuild_bases") == {"pretrain": 6}
    assert planned(tree, "datasets") == {"prepare_dataset": 9}
    assert planned(tree, "datasets", "--configfile", "studies/paper.yaml") == {
        "fetch_source": 9,
        "prepare_dataset": 9,
    }
    assert planned(tree, "partial") == {"describe_study": 1, "partial": 1}


def test_a_seen_mixture_makes_the_bases_of_all_runs(tree):
    config = yaml.safe_load((ROOT / "studies/smoke.yaml").read_text(encoding="utf-8"))
    config["seen_mixture"] = {
        "datasets": ["mini-scienceqa"],
        "learning_rate": 2e-5,
        "epochs": 1,
        "resources": config["resources"]["train"],
    }
    (tree / "mixed.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    without = planned(tree, "--configfile", "studies/smoke.yaml")
    assert planned(tree, "--configfile", "mixed.yaml") == without | {"fine_tune_seen": 2}
    assert planned(tree, "bases", "--configfile", "mixed.yaml") == {}


def test_jobs_ask_for_what_the_study_says(tree):
    plan = snakemake(tree, "train_all", "--dry-run", "--cores", "2").stdout

    assert plan.count("rule train:") == plan.count("gpu=0, runtime=30, mem_mb=3000,") > 0
    assert "gpu=1" not in plan


def test_bad_study_stops_before_anything_runs(tree):
    done = snakemake(tree, "--dry-run", "--config", "seeding=papr")

    assert done.returncode == 1
    assert "seeding: 'papr' is not possible; legal: paper, released_code" in done.stdout
    assert "Job stats" not in done.stdout


def test_run_that_is_not_in_the_grid_is_refused(tree):
    run = (
        "mini-llava-7b/mini-okvqa/lora-both-r9/connector-tuned/encoder-frozen/"
        "lr-2e-3_n-400_epochs-3/init-42_order-42_subset-42"
    )
    done = snakemake(tree, f"results/default/runs/{run}/train.json", "--dry-run")

    assert done.returncode == 1
    assert f"'{run}' is not a run of study 'default'; nearest: mini-llava-7b/" in done.stdout


def test_measurement_that_is_not_in_the_grid_is_refused(tree):
    run = (
        "mini-llava-7b/mini-scienceqa/lora-both-r8/connector-tuned/encoder-frozen/"
        "lr-1e-3_n-32_epochs-1/init-42_order-42_subset-42"
    )
    target = f"results/smoke/evaluations/transfer/mini-flickr30k/{run}/scores.json"
    done = snakemake(tree, target, "--dry-run", "--configfile", "studies/smoke.yaml")

    assert done.returncode == 1
    assert f"'transfer' does not measure '{run}' on 'mini-flickr30k'" in done.stdout


def test_model_that_no_run_uses_has_no_baseline(tree):
    target = "results/default/baselines/base/llava-1.5-7b/mini-okvqa/scores.json"
    done = snakemake(tree, target, "--dry-run")

    assert done.returncode == 1
    assert f"No rule to produce {target}" in done.stdout


def test_lint(tree):
    done = snakemake(tree, "--lint")

    assert done.returncode == 0, done.stdout
