"""A training that is stopped or killed three times in a row ends as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

import killed_training
import tiny_runs
from methods.cases import METHOD_SETTINGS

WEIGHTS = ("adapter_model.safetensors", "connector.safetensors")
FILES = (
    "loss.csv",
    *(f"adapter/{name}" for name in WEIGHTS),
    *(f"adapter/epochs/01/{name}" for name in WEIGHTS),
)
KILLS = 3
STEPS = 2 * tiny_runs.STEPS_PER_EPOCH


def case(method, number):
    # After the last step there is nothing left to stop.
    drawn = random.Random(f"{method} {number}").sample(range(1, STEPS), KILLS)
    return {
        "name": f"{method}-{number.name}",
        "method": method,
        "signal": int(number),
        "steps": sorted(drawn),
    }


CASES = [
    case(method, number)
    for method in METHOD_SETTINGS
    for number in (signal.SIGTERM, signal.SIGKILL)
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(folder of the trainings, how the attempts of each case ended)."""
    folder = tmp_path_factory.mktemp("kills")
    tiny_runs.write_base(folder / "llava", "llava")
    tiny_runs.write_data(folder / "data")
    done = subprocess.run(
        [sys.executable, killed_training.__file__, folder],
        input=json.dumps(CASES),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return folder, json.loads(done.stdout)


def record(folder, name):
    return json.loads((folder / f"{name}.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_three_kills_in_a_row_change_nothing(trained, case):
    killed, undisturbed = trained[0] / case["name"], trained[0] / case["method"]
    by_kill = case["signal"] == signal.SIGKILL
    ended = -signal.SIGKILL if by_kill else 128 + case["signal"]
    assert trained[1][case["name"]] == [*[ended] * KILLS, 0]
    # SIGTERM lets the step end; SIGKILL leaves the checkpoint before it.
    last = case["steps"][-1] - by_kill
    assert record(killed, "train")["resumed_from_step"] == (last or None)
    assert record(undisturbed, "train")["resumed_from_step"] is None
    for name in FILES:
        assert (killed / name).read_bytes() == (undisturbed / name).read_bytes(), name
    assert record(killed, "scores")["scores"] == record(undisturbed, "scores")["scores"]
    said = [pq.read_table(place / "predictions.parquet") for place in (killed, undisturbed)]
    assert said[0].equals(said[1])
    assert not (killed / "checkpoint").exists()
