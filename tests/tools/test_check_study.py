import subprocess
import sys

import pytest

import synthetic
import synthetic_evaluations
from mmpeft import collected
from mmpeft.files import write_json
from workflow_tree import ROOT


@pytest.fixture
def folder(tmp_path):
    return collect(tmp_path, synthetic.study())


def collect(folder, study, score=synthetic.run_score):
    """Write and collect the records of a study."""
    synthetic.write_records(folder, study, score)
    data = synthetic.collected(folder, study)
    collected.write(data, folder)
    write_json(folder / "study.json", data.study)
    return folder


def check(folder):
    return subprocess.run(
        [sys.executable, str(ROOT / "workflow_scripts/tools/check_study.py"), str(folder)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "workflow_scripts"), "PATH": ""},
    )


def test_it_reports_and_succeeds(folder):
    done = check(folder)
    assert done.returncode == 0, done.stderr
    assert "agree with the record of every run, baseline and evaluation" in done.stdout
    assert "chance  base  Adapter  LoRA  IA3  Prefix  seed sd" in done.stdout
    assert done.stdout.count("[met]") == 5


def test_a_missed_aim_is_visible_and_no_error(folder):
    collect(folder, synthetic.study(), lambda run: 31.0)
    done = check(folder)
    assert done.returncode == 0, done.stderr
    assert "[MISSED] LoRA beats the un-tuned base" in done.stdout


def test_evaluations_are_counted_with_the_reasons_of_failures(tmp_path):
    study = synthetic_evaluations.study()
    synthetic_evaluations.write_records(tmp_path / "results", study)
    captions = study.measurements[4]
    synthetic_evaluations.fail(tmp_path / "results", captions, "no clean caption")
    datasets = synthetic_evaluations.write_datasets(tmp_path / "datasets", study)
    manifest = synthetic.manifest(study)
    collected.write(
        collected.gather(manifest, tmp_path / "results", datasets, synthetic.REPORTED),
        tmp_path / "results",
    )
    write_json(tmp_path / "results/study.json", manifest)
    done = check(tmp_path / "results")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "evaluation transfer: 8 cells, 8 ok" in done.stdout
    assert "evaluation captions: 4 cells, 2 ok, 2 failed" in done.stdout
    assert "failed (2): no clean caption" in done.stdout


def test_a_mismatch_is_an_error(folder):
    synthetic.write_records(folder, synthetic.study(), lambda run: 31.0)
    done = check(folder)
    assert done.returncode == 1
    assert "MISMATCH" in done.stdout
    assert "[met]" not in done.stdout
