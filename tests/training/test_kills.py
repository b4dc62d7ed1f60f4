"""A training that is stopped or killed three times in a row ends as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

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


def record(place, name):
    return json.loads((place / f"{name}.json").read_text())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_three_kills_in_a_row_change_nothing(tmp_path, method, number):
    tiny_runs.write_base(tmp_path / "llava", "llava")
    tiny_runs.write_data(tmp_path / "data")
    # After the last step there is nothing left to stop.
    drawn = random.Random(f"{method} {number}").sample(range(1, STEPS), KILLS)
    done = subprocess.run(
        [
            *(sys.executable, killed_training.__file__, tmp_path, method, str(int(number))),
            *map(str, sorted(drawn)),
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    ended = -int(number) if number == signal.SIGKILL else 128 + int(number)
    assert done.stdout.split() == [*[str(ended)] * KILLS, "0"]
    killed, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    # SIGTERM lets the step end; SIGKILL leaves the checkpoint before it.
    last = max(drawn) - (number == signal.SIGKILL)
    assert record(killed, "train")["resumed_from_step"] == (last or None)
    assert record(undisturbed, "train")["resumed_from_step"] is None
    for name in FILES:
        assert (killed / name).read_bytes() == (undisturbed / name).read_bytes(), name
    assert record(killed, "scores")["scores"] == record(undisturbed, "scores")["scores"]
    said = [pq.read_table(place / "predictions.parquet") for place in (killed, undisturbed)]
    assert said[0].equals(said[1])
    assert not Path(killed / "checkpoint").exists()
