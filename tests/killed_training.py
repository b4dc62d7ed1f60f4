"""Trainings that are killed again and again, each attempt in a fork of its own.

    python killed_training.py FOLDER < CASES

FOLDER has a base `llava` and `data`. CASES is a JSON list of {"name", "method", "signal", "steps"}.
For each it trains FOLDER/name, started anew after each kill at one of the steps, and scores it; and
for each method, undisturbed, FOLDER/method. Prints, as JSON by name, how each attempt ended. Torch
must not have computed anything in the process that forks.
"""

import json
import os
import sys
from functools import partial
from pathlib import Path

import tiny_runs
from mmpeft.evaluation import evaluate
from mmpeft.training import Interrupted, fine_tune, run
from mmpeft.training.checkpoints import Saving
from mmpeft.training.trainer import FineTuner


def kill_at(step: int, number: int) -> None:
    """Send this process the signal when the training begins its step of that number, from 1."""
    train = FineTuner.training_step

    def training_step(self, *args, **kwargs):
        if self.state.global_step == step - 1:
            os.kill(os.getpid(), number)
        return train(self, *args, **kwargs)

    FineTuner.training_step = training_step


def attempt(folder: Path, method: str, name: str, kill: tuple[int, int] | None = None) -> int:
    """Train and score; with (step, signal), or after an earlier one, saving after each step."""
    if name != method:
        run.Saving = partial(Saving, every=0)
    if kill is not None:
        kill_at(*kill)
    settings = tiny_runs.train_settings(folder / "llava", "llava", method, kept_epochs=[1])
    try:
        fine_tune(settings, folder / "data", folder / name)
    except Interrupted as interruption:
        return 128 + interruption.signal_number
    scoring = tiny_runs.evaluate_settings(folder / "llava", "llava")
    evaluate(scoring, folder / "data", folder / name / "adapter", folder / name)
    return 0


def in_fork(action, *arguments) -> int:
    """Exit status of a fork that does `action`, negative if a signal ended it."""
    if (pid := os.fork()) == 0:
        status = 1
        try:
            status = action(*arguments)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> None:
    folder, cases = Path(sys.argv[1]), json.load(sys.stdin)
    for method in {case["method"] for case in cases}:
        assert in_fork(attempt, folder, method, method) == 0
    ended = {
        case["name"]: [
            in_fork(attempt, folder, case["method"], case["name"], kill)
            for kill in [*((step, case["signal"]) for step in case["steps"]), None]
        ]
        for case in cases
    }
    json.dump(ended, sys.stdout)


if __name__ == "__main__":
    main()
