"""What a training takes beside its compute: as a process of its own, and as a fork of a template.

Pairs of the same short training of the smoke study, one after the other; prints wall seconds less
the seconds that the training loop took, of each pair and their medians.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import yaml

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

from mmpeft.startup import start_templates
from mmpeft.startup.address import VARIABLE
from mmpeft.study import as_text, layout, load_study


def run(script: str, *arguments: str | Path, **environment: str) -> float:
    """Run a script of the workflow; returns wall seconds."""
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, SCRIPTS / script, *arguments],
        check=True,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPTS)} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - begun


def main() -> None:
    """Translate the command line and print one line a pair."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    pairs = parser.parse_args().pairs
    study = load_study(yaml.safe_load((ROOT / "studies/smoke.yaml").read_text(encoding="utf-8")))
    tuned = next(run for run in study.runs if run.method == "lora")
    settings = as_text(study.train_settings(tuned))
    with tempfile.TemporaryDirectory() as temporary:
        data, out = Path(temporary) / "data", Path(temporary) / "run"
        made = as_text(study.preparation_settings(tuned.dataset, dict(study.sizes(tuned.dataset))))
        places = ("--sources", layout.SOURCES, "--locks", layout.LOCKS, "--out", data)
        run("prepare_dataset.py", "--settings", made, *places)

        def overhead(**environment: str) -> float:
            places = ("--data", data, "--out", out)
            wall = run("train.py", "--settings", settings, *places, **environment)
            return wall - json.loads((out / "train.json").read_text())["seconds"]

        templates = start_templates(SCRIPTS / "template.py")
        offered = {VARIABLE: os.environ.pop(VARIABLE)}
        overhead(**offered)  # the first job waits for the template's own imports
        found = []
        for _ in range(pairs):
            found.append((overhead(), overhead(**offered)))
            print("process {:.2f} s, fork {:.2f} s".format(*found[-1]))
        alone, forked = (median(values) for values in zip(*found, strict=True))
        print(f"median: process {alone:.2f} s, fork {forked:.2f} s, ratio {alone / forked:.1f}")
        for template in templates:
            template.stdin.close()


if __name__ == "__main__":
    main()
