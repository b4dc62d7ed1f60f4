"""The script that the rule runs."""

import json
import subprocess
import sys

import yaml

from mmpeft.study import load_study
from workflow_tree import ROOT


def test_a_study_without_runs_has_nothing_to_export(tmp_path):
    study = load_study(yaml.safe_load((ROOT / "studies/reported.yaml").read_text()))
    (tmp_path / "study.json").write_text(json.dumps(study.manifest()))
    options = ("--grid", tmp_path / "study.json", "--results", tmp_path, "--out", tmp_path / "out")
    command = [sys.executable, ROOT / "workflow_scripts/export.py", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "error: study reported is made of the numbers that the paper prints: it has no runs, hence "
        "nothing to export\n"
    )
    assert not (tmp_path / "out").exists()
