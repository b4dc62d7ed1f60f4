import json
import shlex

import pytest

import synthetic
import synthetic_evaluations
from mmpeft.failures import UNJUDGED
from mmpeft.files import write_json
from mmpeft.unscored import UNFINISHED, retry_command, table, unscored


@pytest.fixture
def study():
    return synthetic_evaluations.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic_evaluations.write_records(tmp_path / "results/example", study)


def found(study, folder):
    return unscored(synthetic.manifest(study), folder)


def log(folder, *lines, at):
    path = folder / "logs" / at
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    return path.as_posix()


def test_a_complete_study_has_nothing_to_try_again(study, folder):
    assert found(study, folder) == []
    assert table([]) == "no job has failed"


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


def test_data_that_could_not_be_made_are_to_blame_for_all_scores_on_them(study, folder):
    run = study.runs[0]
    for path in folder.rglob("scores.json"):
        if run.dataset in path.as_posix():
            path.unlink()
    sizes = folder.parent / "datasets" / run.dataset / "train-1_validation-1_test-1"
    sizes.mkdir(parents=True)
    (sizes / "prepare_dataset.log").write_text("error: an image is broken")
    jobs = found(study, folder)
    assert {job.reason for job in jobs} == {"error: an image is broken"}
    assert (folder / "runs" / run.id / "scores.json").as_posix() in jobs[0].scores


def test_a_job_that_has_not_begun_is_not_listed(study, folder):
    (folder / "runs" / study.runs[0].id / "scores.json").unlink()
    assert found(study, folder) == []


def test_the_command_tries_what_failed_and_makes_what_is_missing(study, folder):
    one, other = study.runs[:2]
    synthetic.fail(folder, one, "diverged")
    (folder / "runs" / other.id / "scores.json").unlink()
    log(folder, "killed", at=f"evaluate/{other.id}.log")
    jobs = found(study, folder)
    words = shlex.split(retry_command(jobs, ["studies/a b.yaml"]))
    assert words[0] == "snakemake"
    at, forced = words.index("--configfile"), words.index("--forcerun")
    assert words[at + 1 : forced] == ["studies/a b.yaml"]
    assert words[forced + 1 :] == [(folder / "runs" / one.id / "train.json").as_posix()]
    targets = words[1 : words.index("--cores")]
    assert {(folder / "runs" / run.id / "scores.json").as_posix() for run in (one, other)} <= {
        *targets
    }


def test_the_table_says_why(study, folder):
    synthetic.fail(folder, study.runs[0], "out of memory: none left")
    text = table(found(study, folder))
    heading, line, reason, path = text.splitlines()
    assert heading.split() == ["status", "scores", "output"]
    assert line.split()[0] == "oom"
    assert reason.strip() == "out of memory: none left"
    assert path.strip().startswith("log: ")
