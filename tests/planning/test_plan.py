import shutil
from pathlib import Path

import pytest
import yaml

import tiny_runs
from example_study import example_study
from mmpeft.planning.plan import as_text, plan
from mmpeft.study import layout, load_study
from workflow_tree import copy_workflow, snakemake

ROOT = Path(__file__).resolve().parents[2]
CONFIG = example_study(
    experiments={
        "main": {"model": ["mini-llava-7b"], "method": "all", "dataset": ["mini-okvqa"]},
    }
)


@pytest.fixture
def place(tmp_path):
    """A folder with the shipped base alone."""
    shutil.copytree(ROOT / "reference/bases", tmp_path / "reference/bases")
    return tmp_path


def with_data(place, study):
    for dataset in study.datasets:
        for split in ("train", "validation", "test"):
            file = place / layout.split_file(study, dataset, split)
            file.parent.mkdir(parents=True, exist_ok=True)
            tiny_runs.write_rows(tiny_runs.rows("test"), file)


def test_lists_all_jobs_that_load_a_model_and_what_is_lacking(place):
    study = load_study(CONFIG)
    found = plan(study, place)
    trainings = {line.method: line for line in found.lines if line.kind == "train"}
    assert sum(line.jobs for line in trainings.values()) == len(study.runs)
    assert trainings.keys() == {run.method for run in study.runs}
    assert all(line.gpu_hours > 0 and line.gpu_gb > 0 for line in found.lines)
    assert [line.jobs for line in found.lines if line.kind == "score"] == [len(study.runs)]
    assert [line.jobs for line in found.lines if line.kind == "score bases"] == [1]
    assert found.lacking == ["data mini-okvqa: not there; snakemake datasets"]


def test_with_all_there_nothing_is_lacking(place):
    study = load_study(CONFIG)
    with_data(place, study)
    found = plan(study, place)
    assert found.lacking == []
    assert "models, data and disk are there" in as_text(found, study)


def test_jobs_that_are_done_cost_nothing_more(place):
    study = load_study(CONFIG)
    before = {line.kind + line.method: line for line in plan(study, place).lines}
    for run in study.runs:
        folder = place / study.folder / "runs" / run.id
        folder.mkdir(parents=True)
        (folder / "train.json").write_text("{}")
    after = plan(study, place).lines
    assert all(line.gpu_hours == 0 and line.done == line.jobs for line in after if line.method)
    scored = [line for line in after if line.kind == "score"]
    assert [line.gpu_hours for line in scored] == [before["score"].gpu_hours]


def test_a_gpu_that_is_too_small_is_named(place):
    small = load_study({**CONFIG, "hardware": {"memory_gb": 0.001}})
    lacking = plan(small, place).lacking
    assert "train mini-llava-7b lora: takes 0 GB, a GPU has 0.001" in lacking


def test_a_model_that_is_not_there_is_named_with_its_size(place):
    study = load_study(CONFIG)
    config = study.config.model_dump(exclude_none=True)
    config["models"]["mini-llava-7b"] |= {"base": "results/bases/mini-llava-7b", "hub": "some/one"}
    architecture = place / "reference/architectures/mini-llava-7b"
    architecture.mkdir(parents=True)
    shutil.copy(place / "reference/bases/mini-llava-7b/config.json", architecture)
    lacking = plan(load_study(config), place).lacking
    assert lacking[0].startswith("model mini-llava-7b: not there (0.0 GB from some/one)")


def test_a_full_disk_is_named(place, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 9, 0))
    lacking = plan(load_study(CONFIG), place).lacking
    assert lacking[-1].startswith("disk: bases and adapters take")


def test_a_study_of_printed_numbers_has_no_jobs(place):
    study = load_study(yaml.safe_load((ROOT / "studies/reported.yaml").read_text()))
    found = plan(study, place)
    assert (found.lines, found.lacking) == ([], [])


@pytest.mark.study
def test_the_target_prints_the_plan_and_fails_where_something_is_lacking(tmp_path):
    tree = copy_workflow(tmp_path)
    shutil.copytree(ROOT / "reference/bases", tree / "reference/bases", dirs_exist_ok=True)
    (tree / "studies/example.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    done = snakemake(tree, "plan", "--cores", "1", "--configfile", "studies/example.yaml")
    assert done.returncode == 1
    assert "GPU-hours" in done.stdout
    assert "data mini-okvqa: not there; snakemake datasets" in done.stdout
