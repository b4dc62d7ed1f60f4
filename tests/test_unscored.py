import json
import shlex

import pytest
import yaml

import synthetic
import synthetic_evaluations
from mmpeft.failures import UNJUDGED, Failure
from mmpeft.files import write_json
from mmpeft.study import load_study
from mmpeft.unscored import UNFINISHED, Gaps, kept_options, retry_command, table, unscored
from workflow_tree import ROOT


@pytest.fixture
def study():
    return synthetic_evaluations.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic_evaluations.write_records(tmp_path / "results/example", study)


def gaps(study, folder):
    return unscored(synthetic.manifest(study), folder)


def found(study, folder):
    return gaps(study, folder).jobs


def log(folder, *lines, at):
    return write(folder / "logs" / at, *lines)


def write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    return path.as_posix()


def test_a_complete_study_has_nothing_to_try_again(study, folder):
    assert gaps(study, folder) == Gaps(jobs=())
    assert table(gaps(study, folder)) == "no job has failed"


def test_a_failed_training_is_named_once_with_all_scores_that_wait_for_it(study, folder):
    run = study.measurements[0].cell.run
    synthetic.fail(folder, run, "out of memory: none left")
    waiting = [one for one in study.measurements if one.cell.run == run]
    (job,) = found(study, folder)
    place = folder / "runs" / run.id
    assert (job.status, job.reason) == ("oom", "out of memory: none left")
    assert job.output == (place / "train.json").as_posix()
    assert job.log == (folder / f"logs/train/{run.id}.log").as_posix()
    assert set(job.scores) == {
        (place / "scores.json").as_posix(),
        *((synthetic_evaluations.place(folder, one) / "scores.json").as_posix() for one in waiting),
    }
    assert waiting


def test_a_choice_of_images_is_to_blame_rather_than_what_passes_it_on(study, folder):
    captions = next(one for one in study.measurements if one.evaluation == "captions")
    synthetic_evaluations.fail(folder, captions, "none is clean")
    (path,) = (folder / "images").rglob("*.json")
    images = json.loads(path.read_text())
    failed = {"status": "no_images", "reason": "none is clean", "failure": {"excerpt": []}}
    write_json(path, images | failed)
    (job,) = found(study, folder)
    assert (job.status, job.output) == ("no_images", path.as_posix())


def test_answers_that_wait_for_people_are_listed(study, folder):
    captions = next(one for one in study.measurements if one.evaluation == "captions")
    path = synthetic_evaluations.place(folder, captions) / "scores.json"
    record = json.loads(path.read_text())
    record["epochs"][0] |= {"scores": {}, "reason": "2 captions are not judged yet"}
    write_json(path, record)
    (job,) = found(study, folder)
    assert (job.status, job.reason) == (UNJUDGED, "2 captions are not judged yet")
    assert job.scores == (job.output,) == (path.as_posix(),)


def test_a_job_that_ended_with_an_error_is_told_by_its_log(study, folder):
    run = study.runs[0]
    for name in ("train.json", "scores.json"):
        (folder / "runs" / run.id / name).unlink()
    path = log(folder, "Traceback", "OSError: no space left", "", at=f"train/{run.id}.log")
    jobs = found(study, folder)
    assert (jobs[0].status, jobs[0].reason) == (UNFINISHED, "OSError: no space left")
    assert jobs[0].log == path


def without_scores(folder):
    for name in ("train.json", "scores.json"):
        for path in folder.rglob(name):
            path.unlink()


def of_hubs(study, mixture=None):
    """The same study with the first model from a hub, its tower from another one."""
    config = study.config.model_dump(exclude_none=True)
    hubs = {"hub": "some/model", "visual_tower": "some/tower"}
    (first, *_) = config["models"]
    config["models"][first] |= {"base": f"results/bases/{first}", **hubs}
    if mixture:
        job = config["resources"]["train"]
        tuning = {"datasets": mixture, "learning_rate": 1e-5, "epochs": 1, "resources": job}
        config["seen_mixture"] = tuning
    return load_study(config), first


def test_data_that_could_not_be_made_are_to_blame_for_all_scores_on_them(study, folder):
    run = study.runs[0]
    for path in folder.rglob("scores.json"):
        if run.dataset in path.as_posix():
            path.unlink()
    sizes = (folder.parent / "datasets" / study.split_path(run.dataset, "test")).parent
    write(sizes / "prepare_dataset.log", "error: an image is broken")
    jobs = found(study, folder)
    assert {job.reason for job in jobs} == {"error: an image is broken"}
    assert (folder / "runs" / run.id / "scores.json").as_posix() in jobs[0].scores


def of_real(study):
    """The same study on OKVQA itself, which is made from two sources."""
    config = study.config.model_dump(exclude_none=True)
    rows = config["datasets"].pop("mini-okvqa")
    config["datasets"]["okvqa"] = rows
    config["experiments"] = {"main": {**config["experiments"]["main"], "dataset": ["okvqa"]}}
    config["evaluations"], config["examples"] = {}, {}
    return load_study(config)


def test_a_source_is_to_blame_rather_than_what_passes_its_failure_on(tmp_path, study):
    study = of_real(study)
    folder = synthetic.write_records(tmp_path / "results/example", study)
    missing = Failure(status="no_data", reason="404 Not Found")
    for run in study.runs:
        synthetic.fail(folder, run, missing.reason)
    shared = folder.parent
    (shared / "sources/okvqa").mkdir(parents=True)
    missing.fill(shared / "sources/coco")
    sizes = (shared / "datasets" / study.split_path("okvqa", "test")).parent
    write_json(sizes / "preparation.json", missing.record())
    (job,) = found(study, folder)
    assert (job.status, job.reason) == ("no_data", "404 Not Found")
    assert job.output == (shared / "sources/coco").as_posix()
    assert job.log == (shared / "sources/logs/coco.log").as_posix()
    words = shlex.split(retry_command([job], []))
    assert words[words.index("--forcerun") + 1 :] == [job.output]


def test_data_of_another_study_are_not_to_blame(study, folder):
    without_scores(folder)
    other = folder.parent / "datasets" / study.runs[0].dataset / "train-1_validation-1_test-1"
    write(other / "prepare_dataset.log", "killed")
    assert found(study, folder) == ()


@pytest.mark.parametrize("hub", ["some/model", "some/tower", "openai/clip-vit-large-patch14-336"])
def test_a_failed_download_is_to_blame_for_all_scores_of_its_model(study, folder, hub):
    study, model = of_hubs(study)
    without_scores(folder)
    path = write(folder.parent / f"downloads/logs/{hub}.log", "error: 401 of the hub")
    (job,) = found(study, folder)
    assert (job.status, job.reason, job.log) == (UNFINISHED, "error: 401 of the hub", path)
    assert job.output == (folder.parent / "downloads" / hub).as_posix()
    ran = {(folder / "runs" / run.id / "scores.json").as_posix() for run in study.runs}
    assert {score for score in job.scores if score in ran} == {s for s in ran if model in s}


def test_a_base_that_could_not_be_made_comes_after_its_download_and_before_runs(study, folder):
    study, model = of_hubs(study)
    without_scores(folder)
    log(folder, "never read", at=f"train/{study.runs[0].id}.log")
    for hub in study.hubs(model).values():
        (folder.parent / "downloads" / hub).mkdir(parents=True)
        write(folder.parent / f"downloads/logs/{hub}.log", "done")
    write(folder.parent / f"bases/logs/{model}.log", "error: this is OpenAI's tower")
    (job,) = found(study, folder)
    assert (job.reason, job.output) == (
        "error: this is OpenAI's tower",
        (folder.parent / "bases" / model).as_posix(),
    )


def test_the_pretraining_of_a_mini_base_and_of_what_it_starts_from_is_named(study, folder):
    config = study.config.model_dump(exclude_none=True)
    (model, *_) = config["models"]
    config["models"][model]["base"] = f"results/bases/{model}"
    study = load_study(config)
    without_scores(folder)
    write(folder.parent / f"bases/logs/{model}.log", "no space left")
    assert [job.reason for job in found(study, folder)] == ["no space left"]
    write(folder.parent / "bases/logs/foundation-llava.log", "killed")
    assert [job.reason for job in found(study, folder)] == ["killed"]


def test_the_full_fine_tuning_and_the_data_of_its_mixture_are_named(study, folder):
    mixed = next(iter(study.config.datasets))
    study, model = of_hubs(study, [mixed])
    without_scores(folder)
    log(folder, "out of memory", at=f"fine_tune_seen/{model}.log")
    (job,) = found(study, folder)
    assert (job.reason, job.output) == ("out of memory", (folder / "bases" / model).as_posix())
    sizes = (folder.parent / "datasets" / study.split_path(mixed, "train")).parent
    write(sizes / "prepare_dataset.log", "killed")
    assert (sizes / "preparation.json").as_posix() in {job.output for job in found(study, folder)}


def test_captions_of_a_base_that_failed_are_to_blame_for_the_choice_of_images(study, folder):
    captions = next(one for one in study.measurements if one.evaluation == "captions")
    model, target = captions.cell.run.model, captions.target
    (synthetic_evaluations.place(folder, captions) / "scores.json").unlink()
    (folder / "baselines/base" / model / target / "scores.json").unlink(missing_ok=True)
    log(folder, "killed", at=f"evaluate_base/{model}/{target}.log")
    assert [job.reason for job in found(study, folder)] == ["killed"]


def test_scores_whose_jobs_have_not_begun_are_counted(study, folder):
    missing = folder / "runs" / study.runs[0].id / "scores.json"
    missing.unlink()
    assert gaps(study, folder) == Gaps(jobs=(), not_begun=(missing.as_posix(),))
    told = "no job has failed; missing scores whose jobs have not begun: 1"
    assert table(gaps(study, folder)) == told


def test_a_study_of_printed_numbers_has_no_gaps(tmp_path):
    study = load_study(yaml.safe_load((ROOT / "studies/reported.yaml").read_text()))
    assert gaps(study, tmp_path / "results/reported") == Gaps(jobs=())


def test_the_command_tries_what_failed_and_makes_what_is_missing(study, folder):
    one, other = study.runs[:2]
    synthetic.fail(folder, one, "diverged")
    (folder / "runs" / other.id / "scores.json").unlink()
    log(folder, "killed", at=f"evaluate/{other.id}.log")
    jobs = found(study, folder)
    words = shlex.split(retry_command(jobs, ["failures", "--configfile", "studies/a b.yaml"]))
    assert words[0] == "snakemake"
    at, forced = words.index("--configfile"), words.index("--forcerun")
    assert words[at + 1 : forced] == ["studies/a b.yaml"]
    assert words[forced + 1 :] == [(folder / "runs" / one.id / "train.json").as_posix()]
    targets = words[1 : words.index("--cores")]
    assert {(folder / "runs" / run.id / "scores.json").as_posix() for run in (one, other)} <= {
        *targets
    }


CLUSTER = ("--workflow-profile", "profiles/slurm")


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        (["failures", "--cores", "1", "--nolock"], []),
        (["failures", *CLUSTER, "--cores", "1", "--quiet"], [*CLUSTER]),
        (["failures", "--profile=profiles/slurm", "-n"], ["--profile=profiles/slurm"]),
        (
            [
                "failures",
                "--resources",
                "gpu=4",
                "judge=1",
                "--nolock",
                "--config",
                "seeding=paper",
            ],
            ["--resources", "gpu=4", "judge=1", "--config", "seeding=paper"],
        ),
    ],
)
def test_what_a_call_says_of_study_and_machines_is_kept(call, kept):
    assert kept_options(call) == kept


def test_the_command_runs_where_the_study_runs(study, folder):
    synthetic.fail(folder, study.runs[0], "diverged")
    jobs = found(study, folder)
    words = shlex.split(retry_command(jobs, ["failures", "--cores", "1", *CLUSTER]))
    assert "--cores" not in words, "the profile has jobs, not cores"
    assert words[words.index("--workflow-profile") + 1] == "profiles/slurm"
    here = shlex.split(retry_command(jobs, ["failures", "--cores", "1", "--resources", "gpu=4"]))
    assert here[here.index("--cores") + 1] == "all"
    assert here[here.index("--resources") + 1] == "gpu=4"


def test_the_table_says_why(study, folder):
    synthetic.fail(folder, study.runs[0], "out of memory: none left")
    text = table(gaps(study, folder))
    heading, line, reason, path = text.splitlines()
    assert heading.split() == ["status", "scores", "output"]
    assert line.split()[0] == "oom"
    assert reason.strip() == "out of memory: none left"
    assert path.strip().startswith("log: ")
