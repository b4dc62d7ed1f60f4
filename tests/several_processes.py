"""Train as `train.py` does, in as many processes as the first argument says, step by step.

Then come the settings as JSON, the folder of the data, that of the run, and the seconds before each
step. Says "step" when one begins. With a further number, the last process runs out of memory from
the third step on with more samples at a time; then every step is saved.
"""

import json
import sys
import time
from functools import partial
from pathlib import Path

from mmpeft.startup import import_libraries

import_libraries()

from mmpeft.training import processes, run  # noqa: E402
from mmpeft.training.checkpoints import Saving  # noqa: E402
from mmpeft.training.processes import in_processes  # noqa: E402
from mmpeft.training.trainer import FineTuner  # noqa: E402
from train import train  # noqa: E402

_step = FineTuner.training_step


def _slow_step(self, *args, **kwargs):
    print("step", flush=True)
    time.sleep(float(sys.argv[5]))
    return _step(self, *args, **kwargs)


def _step_in_little_memory(self, model, inputs, *args, **kwargs):
    last = processes.rank() == processes.count() - 1
    if last and self.state.global_step >= 2 and len(inputs["input_ids"]) > int(sys.argv[6]):
        raise MemoryError("none left")
    return _slow_step(self, model, inputs, *args, **kwargs)


if __name__ == "__main__":
    FineTuner.training_step = _slow_step
    if len(sys.argv) > 6:
        FineTuner.training_step = _step_in_little_memory
        run.Saving = partial(Saving, every=0)
    in_processes(
        int(sys.argv[1]), train, json.loads(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    )
