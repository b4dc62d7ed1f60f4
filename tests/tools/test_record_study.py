import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import synthetic
import synthetic_evaluations
from mmpeft import collected

ROOT = Path(__file__).parents[2]


@pytest.fixture
def results(tmp_path):
    """A finished study, collected."""
    study = synthetic_evaluations.study()
    folder = synthetic_evaluations.write_records(tmp_path / "results", study)
    return collect(folder, study)


def collect(folder, study):
    datasets = synthetic_evaluations.write_datasets(folder.parent / "datasets", study)
    manifest = synthetic.collected(folder, study).study
    collected.write(collected.gather(manifest, folder, datasets, ROOT / "reference/paper"), folder)
    synthetic.write_json(folder / "study.json", manifest)
    synthetic.write_json(folder / "models.json", [])
    return folder


def record(results):
    tool = ROOT / "workflow_scripts/tools/record_study.py"
    return subprocess.run(
        [sys.executable, str(tool), str(results), str(results.parent / "record")],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "workflow_scripts"), "PATH": ""},
    )


def test_a_record_reads_like_the_study_and_names_its_runs(results):
    done = record(results)

    assert done.returncode == 0, done.stderr
    folder = results.parent / "record"
    assert {path.name for path in folder.iterdir()} == {*collected.FILES, "fingerprints.csv"}
    recorded, original = collected.read(folder), collected.read(results)
    pd.testing.assert_frame_equal(recorded.results, original.results)
    assert recorded.samples.images == original.samples.images
    runs = pd.read_csv(folder / "fingerprints.csv")
    assert set(runs["run"]) == {run.id for run in synthetic_evaluations.study().runs}
    assert runs["fingerprint"].notna().all()


def test_what_was_recorded_before_is_replaced(results):
    old = results.parent / "record/old.txt"
    old.parent.mkdir()
    old.touch()

    assert record(results).returncode == 0
    assert not old.exists()


def test_an_unfinished_study_is_refused(results):
    study = synthetic_evaluations.study()
    scores = results / "runs" / study.runs[0].id / "scores.json"
    scores.unlink()
    done = record(collect(results, study))

    assert done.returncode == 1
    assert f"runs/{study.runs[0].id}/scores.json: missing" in done.stderr
    assert not (results.parent / "record").exists()


def test_collected_files_that_disagree_with_the_records_are_refused(results):
    synthetic.write_records(results, synthetic_evaluations.study(), lambda run: 31.0)

    assert record(results).returncode == 1
