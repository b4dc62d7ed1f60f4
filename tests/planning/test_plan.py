import shutil
from pathlib import Path

import pytest
import yaml

import tiny_runs
from evaluated_study import evaluated_study
from example_study import example_study
from judged_study import judged_study
from mmpeft import places
from mmpeft.failures import Failure
from mmpeft.files import write_json
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
    assert (found.lacking, found.by_hand) == ([], [])
    assert as_text(found, study).endswith("models, data and disk are there")


def test_data_that_cannot_be_had_are_lacking(place):
    study = load_study(CONFIG)
    with_data(place, study)
    (dataset,) = study.datasets
    failure = Failure(status="no_data", reason="404 Not Found")
    write_json(place / layout.preparation_file(study, dataset), failure.record())
    tiny_runs.write_rows([], place / layout.split_file(study, dataset, "test"))
    assert plan(study, place).lacking == [f"data {dataset}: 404 Not Found; snakemake failures"]


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
    assert lacking[-1].startswith("disk: models, data, adapters and checkpoints take")


def test_real_data_take_room(place, monkeypatch):
    free = shutil._ntuple_diskusage(9, 9, 44e9)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    config = yaml.safe_load((ROOT / "studies/paper.yaml").read_text())
    config["models"] = {"mini": CONFIG["models"]["mini-llava-7b"]}
    main = {"model": ["mini"], "method": ["lora"], "dataset": "all"}
    config["experiments"] = {"main": main}
    config["evaluations"] = config["examples"] = {}
    lacking = plan(load_study(config), place).lacking
    # eight of nine sources of 40 GB, and 194,877 images of 0.1 MB
    told = "disk: models, data, adapters and checkpoints take 55 GB, 44 are free"
    assert lacking[-1] == told


def test_the_full_fine_tuning_is_planned_with_the_data_of_its_mixture(place):
    mixture = {"datasets": ["mini-scienceqa"], "learning_rate": 1e-5, "epochs": 2}
    config = {**CONFIG, "seen_mixture": {**mixture, "resources": CONFIG["resources"]["train"]}}
    study = load_study(config)
    found = plan(study, place)
    whole, *_ = found.lines
    assert (whole.kind, whole.jobs, whole.done) == ("fine-tune seen", 1, 0)
    lora = next(line for line in found.lines if line.method == "lora")
    assert whole.gpu_gb > lora.gpu_gb
    assert whole.gpu_hours > 0
    assert [line for line in found.lacking if line.startswith("model")] == []
    assert "data mini-scienceqa: not there; snakemake datasets" in found.lacking
    (place / study.base("mini-llava-7b")).mkdir(parents=True)
    assert plan(study, place).lines[0].gpu_hours == 0


def test_a_model_without_a_config_is_lacking_and_the_others_are_planned(place):
    config = load_study(CONFIG).config.model_dump(exclude_none=True)
    other = {**config["models"]["mini-qwen-vl"], "base": "results/bases/mini-qwen-vl"}
    config["models"]["mini-qwen-vl"] = other
    config["experiments"]["main"]["model"] = ["mini-llava-7b", "mini-qwen-vl"]
    found = plan(load_study(config), place)
    assert {line.model for line in found.lines} == {"mini-llava-7b"}
    assert found.lacking[:2] == [
        "model mini-qwen-vl: not there (a recipe); snakemake bases",
        "model mini-qwen-vl: no config.json in results/bases/mini-qwen-vl or "
        "reference/architectures/mini-qwen-vl, so that its jobs are not counted here",
    ]


def hours(found, kind):
    return sum(line.gpu_hours for line in found.lines if line.kind == kind)


def test_captions_are_counted_by_their_images_and_epochs_by_their_number(place):
    def hours_with(**captions):
        config = evaluated_study()
        config["evaluations"]["captions"] |= captions
        config["hardware"] = {"tflops": 1e-6}
        return hours(plan(load_study(config), place), "evaluate captions")

    once = hours_with()
    assert hours_with(images=20) == pytest.approx(2 * once, rel=1e-3)
    assert hours_with(epochs=[4]) == pytest.approx(once / 2, rel=1e-3)
    assert hours_with(epochs={"nearest_to_minimum": 4}) == pytest.approx(2 * once, rel=1e-3)


def test_answers_that_wait_for_a_judge_cost_no_gpu(place):
    study = load_study(judged_study("http://127.0.0.1:1/v1"))
    before = plan(study, place)
    assert hours(before, "evaluate mmhal") > 0
    for one in study.measurements:
        folder = place / study.folder
        answers = folder / places.answers(one.evaluation, one.target, one.cell.run.id)
        answers.mkdir(parents=True)
        (answers / "scores.json").write_text("{}")
    after = plan(study, place)
    assert hours(after, "evaluate mmhal") == hours(after, "evaluate captions") == 0


def test_a_study_of_printed_numbers_has_no_jobs(place):
    study = load_study(yaml.safe_load((ROOT / "studies/reported.yaml").read_text()))
    found = plan(study, place)
    assert (found.lines, found.lacking, found.by_hand) == ([], [], [])


STUDY = ("--configfile", "studies/example.yaml")


@pytest.mark.study
def test_the_target_prints_the_plan_and_fails_where_something_is_lacking(tmp_path):
    tree = copy_workflow(tmp_path)
    shutil.copytree(ROOT / "reference/bases", tree / "reference/bases", dirs_exist_ok=True)
    (tree / "studies/example.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    done = snakemake(tree, "plan", "--cores", "1", "--retries", "2", *STUDY)
    assert done.returncode == 1
    assert done.stdout.count("GPU-hours") == 1
    assert done.stdout.count("data mini-okvqa: not there; snakemake datasets") == 1
    assert "recipe" not in done.stdout, "the study is not printed"
    assert len(done.stdout.splitlines()) < 100
