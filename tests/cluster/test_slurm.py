"""Studies and single jobs on a real Slurm, by the profile that users have."""

import json
from datetime import datetime, timedelta
from itertools import combinations

import pandas as pd
import pytest

from smoke_study import STUDY, smoke_tree

pytestmark = pytest.mark.slurm

ON_GPUS = (
    *("--set-resources", "train:gpu=1", "evaluate:gpu=1"),
    *("evaluate_base:gpu=1", "evaluate_epochs:gpu=1"),
)
GROUPED = ("--groups", "train=run", "evaluate=run")
MEASURED = ("seconds", "per_second", "memory_bytes", "hardware")


def test_gpu_jobs_at_one_time_see_different_gpus(driver, tree):
    targets = [f"gpu{number}" for number in range(1, 5)]
    done = driver(tree, *targets, "none")

    assert done.returncode == 0, done.stdout
    assert {(tree / name).read_text().strip() for name in targets} == {"0", "1", "2", "3"}
    assert (tree / "none").read_text() == "unset\n"


def test_a_failing_job_is_reported_and_a_flaky_one_done_again(driver, tree):
    done = driver(tree, "failing", "flaky")

    assert done.returncode == 1
    assert "Error in rule failing" in done.stdout
    assert "the reason of it" in done.stdout
    assert done.stdout.count("Trying to restart job") == 2 + 1
    assert not (tree / "failing").exists()
    assert (tree / "flaky").read_text().split() == ["500", "1000"]


@pytest.fixture(scope="module")
def tree_of_study(tmp_path_factory):
    return smoke_tree(tmp_path_factory.mktemp("slurm-smoke"))


def test_a_study_has_the_results_of_one_machine(driver, tree_of_study, finished_smoke):
    done = driver(tree_of_study, *STUDY, *ON_GPUS, *GROUPED, seconds=2400)
    assert done.returncode == 0, done.stdout[-4000:]
    there, here = (tree / "results/smoke" for tree in (tree_of_study, finished_smoke[0]))

    numbers = [pd.read_parquet(folder / "results.parquet") for folder in (there, here)]
    unlike = [name for name in numbers[0] if any(part in name for part in MEASURED)]
    pd.testing.assert_frame_equal(*(table.drop(columns=unlike) for table in numbers))
    for name in ("losses.parquet", "samples.parquet", "models.json"):
        assert (there / name).read_bytes() == (here / name).read_bytes(), name
    weights = sorted(path.relative_to(here) for path in here.rglob("*.safetensors"))
    assert len(weights) >= 10
    assert [
        path for path in weights if (there / path).read_bytes() != (here / path).read_bytes()
    ] == []

    jobs = [*map(gpu_and_time, there.glob("runs/**/train.json"))]
    assert {gpu for gpu, _, _ in jobs} <= {"0", "1", "2", "3"}
    assert len(jobs) == 10
    for (gpu, begin, end), (other, other_begin, other_end) in combinations(jobs, 2):
        assert gpu != other or end <= other_begin or other_end <= begin


def gpu_and_time(record):
    """The GPU of a training, and when it had it for sure: records have whole seconds."""
    written = json.loads(record.read_text())
    end = datetime.fromisoformat(written["provenance"]["recorded"])
    begin = end - timedelta(seconds=written["total_seconds"] - 1)
    return written["provenance"]["hardware"]["visible_devices"], begin, end
