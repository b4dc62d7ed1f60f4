import subprocess
import sys
from pathlib import Path

import pytest

import synthetic
from mmpeft import results

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    study = synthetic.study()
    synthetic.write_records(tmp_path, study)
    table = results.collect(study.manifest(), tmp_path)
    results.write(table, tmp_path / "results.parquet", tmp_path / "results.csv")
    return tmp_path


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
    assert "agrees with the record of every run" in done.stdout
    assert "chance  base  Adapter  LoRA  IA3  Prefix  seed sd" in done.stdout
    assert done.stdout.count("[met]") == 5


def test_a_missed_aim_is_visible_and_no_error(folder):
    study = synthetic.study()
    synthetic.write_records(folder, study, lambda run: 31.0)
    table = results.collect(study.manifest(), folder)
    results.write(table, folder / "results.parquet", folder / "results.csv")
    done = check(folder)
    assert done.returncode == 0, done.stderr
    assert "[MISSED] LoRA beats the un-tuned base" in done.stdout


def test_a_mismatch_is_an_error(folder):
    study = synthetic.study()
    synthetic.write_records(folder, study, lambda run: 31.0)
    done = check(folder)
    assert done.returncode == 1
    assert "MISMATCH" in done.stdout
    assert "[met]" not in done.stdout
