"""Samples a second and peak memory of a fine-tuning: ours beside Trainer + peft, and beside TRL.

Every training runs in a process of its own with one thread; the contestants take turns, so that
what else the machine does hits all alike. Prints medians, and the ratios of ours to the faster
alternative: with the features of a frozen visual encoder kept, and with the same work in each step.
TRL is no requirement of the suite: see requirements.txt.
"""

import argparse
import json
import resource
import sys
import tempfile
from itertools import product
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from processes import run
from reporting import Table
from studies import shipped

from mmpeft.datasets.mini.generate import generate_dataset
from mmpeft.study import Study, load_study

OURS, ALTERNATIVES = ("ours", "ours_without_features"), ("trainer", "trl")
DATASET = "mini-vizwiz"


def settings_of(study: Study, model: str, method: str, connector: str, samples: int) -> dict:
    """Settings of these in Table 1 of the study, on fewer samples."""
    (found,) = (
        cell.run
        for cell in study.cells
        if cell.experiment == "main"
        and (cell.run.model, cell.run.dataset, cell.run.method) == (model, DATASET, method)
        and cell.run.connector == connector
    )
    return {**study.train_settings(found), "train_samples": samples}


def measure(contestant: str, settings: dict, data: Path) -> dict[str, float]:
    """Run one training in a process; samples a second and its largest resident set in MiB."""
    request = json.dumps({"contestant": contestant, "settings": settings, "data": str(data)})
    return json.loads(run(HERE, "--request", request).output.splitlines()[-1])


def answer(request: dict) -> dict[str, float]:
    """What `measure` asks for, in this process."""
    from contestants import CONTESTANTS

    settings = request["settings"]
    with tempfile.TemporaryDirectory() as out:
        train = CONTESTANTS[request["contestant"]]
        seconds = train(settings, Path(request["data"]), Path(out))
    return {
        "samples_per_second": settings["train_samples"] * settings["epochs"] / seconds,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def compare(args: argparse.Namespace) -> None:
    """Print one line for each model, method and connector state."""
    study = load_study(shipped("mini"))
    contestants = (*OURS, *args.against)
    table = Table(
        *("model", "method", "connector"),
        *(f"{name} (samples/s, MiB)" for name in contestants),
        *("features kept", "same work"),
    )
    sizes = {"train": args.samples, "validation": 16, "test": 1}
    with tempfile.TemporaryDirectory() as data:
        generate_dataset(DATASET, sizes, Path(data))
        for model, method, connector in product(args.models, args.methods, args.connectors):
            settings = settings_of(study, model, method, connector, args.samples)
            turns = [
                {name: measure(name, settings, Path(data)) for name in contestants}
                for _ in range(args.pairs)
            ]
            speed, memory = (
                {name: median(turn[name][key] for turn in turns) for name in contestants}
                for key in ("samples_per_second", "peak_mib")
            )
            best = max(speed[name] for name in args.against)
            table.add(
                *(model, method, connector),
                *(f"{speed[name]:.0f}, {memory[name]:.0f}" for name in contestants),
                *(speed[name] / best for name in OURS),
            )


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["mini-llava-7b", "mini-qwen-vl"])
    parser.add_argument("--methods", nargs="+", default=["adapter", "lora", "ia3", "prefix"])
    parser.add_argument("--connectors", nargs="+", default=["frozen", "tuned"])
    parser.add_argument("--against", nargs="+", choices=ALTERNATIVES, default=ALTERNATIVES)
    parser.add_argument("--samples", type=int, default=160, help="training samples")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--request", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.request:
        print(json.dumps(answer(args.request)))
    else:
        compare(args)


if __name__ == "__main__":
    main()
