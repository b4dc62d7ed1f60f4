"""What a training takes beside its compute: as a process of its own, and as a fork of a template.

Pairs of the same short training of the smoke study, one after the other; prints wall seconds less
the seconds that the training loop took, of each pair and their medians.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from statistics import median

from checkout import SCRIPTS
from processes import run, templates
from reporting import Table
from studies import shipped

from mmpeft.study import Run, Study, as_text, layout, load_study


def prepare(study: Study, dataset: str, out: Path) -> None:
    """Make the data set."""
    settings = as_text(study.preparation_settings(dataset, dict(study.sizes(dataset))))
    places = ("--sources", layout.SOURCES, "--locks", layout.LOCKS, "--out", out)
    run(SCRIPTS / "prepare_dataset.py", "--settings", settings, *places)


def overhead(study: Study, tuned: Run, data: Path, out: Path, offered: Mapping[str, str]) -> float:
    """Wall seconds of a training less those of its loop.

    out: a folder without a finished training, which would be taken over. offered: `templates()`.
    """
    settings = as_text(study.train_settings(tuned))
    places = ("--data", data, "--out", out)
    wall = run(SCRIPTS / "train.py", "--settings", settings, *places, **offered).wall_seconds
    return wall - json.loads((out / "train.json").read_text(encoding="utf-8"))["seconds"]


def main() -> None:
    """Translate the command line and print one line a pair."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    pairs = parser.parse_args().pairs
    study = load_study(shipped("smoke"))
    tuned = next(run for run in study.runs if run.method == "lora")
    with tempfile.TemporaryDirectory() as temporary, templates() as offered:
        data = Path(temporary) / "data"
        prepare(study, tuned.dataset, data)
        outs = (Path(temporary) / f"run{number}" for number in count())
        overhead(study, tuned, data, next(outs), offered)  # waits for the template's own imports
        table = Table("pair", "process (s)", "fork (s)", "ratio")
        found = []
        for pair in range(1, pairs + 1):
            found.append(
                tuple(overhead(study, tuned, data, next(outs), kind) for kind in ({}, offered))
            )
            table.add(pair, *found[-1], found[-1][0] / found[-1][1])
        alone, forked = (median(values) for values in zip(*found, strict=True))
        ratio = median(one / other for one, other in found)
        table.add("median", alone, forked, ratio)


if __name__ == "__main__":
    main()
