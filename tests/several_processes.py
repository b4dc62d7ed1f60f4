"""Train as `train.py` does, in as many processes as the first argument says, step by step.

Then come the settings as JSON, the folder of the data, that of the run, and the seconds before each
step. Says "step" when one begins.
"""

import json
import sys
import time
from pathlib import Path

from mmpeft.startup import import_libraries

import_libraries()

from mmpeft.training.processes import in_processes  # noqa: E402
from mmpeft.training.trainer import FineTuner  # noqa: E402
from train import train  # noqa: E402

_step = FineTuner.training_step


def _slow_step(self, *args, **kwargs):
    print("step", flush=True)
    time.sleep(float(sys.argv[5]))
    return _step(self, *args, **kwargs)


if __name__ == "__main__":
    FineTuner.training_step = _slow_step
    in_processes(
        int(sys.argv[1]), train, json.loads(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    )
