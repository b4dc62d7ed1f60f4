"""A training that is killed again and again, each attempt in a fork of its own.

    python killed_training.py FOLDER METHOD SIGNAL STEP...

FOLDER has a base `llava` and `data`. It writes `undisturbed` and, started anew after each kill at
one of the steps, `killed`, with the scores of both; prints how each attempt of the latter ended.
Torch must not have computed anything in the process that forks.
"""

import os
import sys
from functools import partial
from pathlib import Path

import tiny_runs
from mmpeft.evaluation import evaluate
from mmpeft.training import Interrupted, fine_tune, run
from mmpeft.training.checkpoints import Saving
from mmpeft.training.trainer import FineTuner


def killed_at(step: int, number: int) -> None:
    """Send this process the signal when the training begins its step of that number, from 1."""
    train = FineTuner.training_step

    def training_step(self, *args, **kwargs):
        if self.state.global_step == step - 1:
            os.kill(os.getpid(), number)
        return train(self, *args, **kwargs)

    FineTuner.training_step = training_step


def attempt(folder: Path, method: str, out: Path) -> int:
    settings = tiny_runs.train_settings(folder / "llava", "llava", method, kept_epochs=[1])
    try:
        fine_tune(settings, folder / "data", out)
    except Interrupted as interruption:
        return 128 + interruption.signal_number
    scoring = tiny_runs.evaluate_settings(folder / "llava", "llava")
    evaluate(scoring, folder / "data", out / "adapter", out)
    return 0


def in_fork(action) -> int:
    """Exit status of a fork that does `action`, negative if a signal ended it."""
    if (pid := os.fork()) == 0:
        status = 1
        try:
            status = action()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> None:
    folder, method, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    assert in_fork(partial(attempt, folder, method, folder / "undisturbed")) == 0
    run.Saving = partial(Saving, every=0)
    for step in map(int, sys.argv[4:]):

        def interrupted(step=step) -> int:
            killed_at(step, number)
            return attempt(folder, method, folder / "killed")

        print(in_fork(interrupted), flush=True)
    print(in_fork(partial(attempt, folder, method, folder / "killed")), flush=True)


if __name__ == "__main__":
    main()
