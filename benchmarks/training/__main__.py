"""Samples a second and peak memory of a fine-tuning: ours beside Trainer + peft, and beside TRL.

Every training runs in a process of its own with one thread; the contestants take turns, so that
what else the machine does hits all alike. Prints medians and their ratios as a Markdown table.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from statistics import median

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "workflow_scripts"), str(HERE)]

from mmpeft.datasets.mini.generate import generate_dataset
from mmpeft.study import Study, load_study

CONTESTANTS = ("ours", "ours_without_features", "trainer", "trl")
DATASET = "mini-vizwiz"
EPOCHS = 2


def settings_of(study: Study, model: str, method: str, connector: str, samples: int) -> dict:
    """Settings of the study's run of these, on fewer samples."""
    found = next(
        run
        for run in study.runs
        if (run.model, run.dataset, run.method) == (model, DATASET, method)
        and (run.connector, run.visual_encoder) == (connector, "frozen")
    )
    return {**study.train_settings(found), "train_samples": samples, "epochs": EPOCHS}


def measure(contestant: str, settings: dict, data: Path) -> dict[str, float]:
    """Run one training in a process; samples a second and its largest resident set in MiB."""
    request = json.dumps({"contestant": contestant, "settings": settings, "data": str(data)})
    done = subprocess.run(
        [sys.executable, HERE, "--request", request],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


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


def compare(models: list[str], methods: list[str], samples: int, pairs: int) -> None:
    """Print one line for each model, method and connector state."""
    study = load_study(yaml.safe_load((ROOT / "studies/mini.yaml").read_text(encoding="utf-8")))
    columns = [f"{name} (samples/s, MiB)" for name in CONTESTANTS]
    print(
        "| model | method | connector |", " | ".join([*columns, "same work", "features kept"]), "|"
    )
    print("|---" * (len(columns) + 5) + "|")
    with tempfile.TemporaryDirectory() as data:
        generate_dataset(DATASET, {"train": samples, "validation": 16, "test": 1}, Path(data))
        for model, method, connector in product(models, methods, ("frozen", "tuned")):
            settings = settings_of(study, model, method, connector, samples)
            turns = [
                {name: measure(name, settings, Path(data)) for name in CONTESTANTS}
                for _ in range(pairs)
            ]
            speed, memory = (
                {name: median(turn[name][key] for turn in turns) for name in CONTESTANTS}
                for key in ("samples_per_second", "peak_mib")
            )
            best = max(speed["trainer"], speed["trl"])
            cells = [f"{speed[name]:.0f}, {memory[name]:.0f}" for name in CONTESTANTS]
            ratios = [f"{speed[name] / best:.2f}" for name in ("ours_without_features", "ours")]
            print("|", " | ".join([model, method, connector, *cells, *ratios]), "|", flush=True)


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["mini-llava-7b", "mini-qwen-vl"])
    parser.add_argument("--methods", nargs="+", default=["adapter", "lora", "ia3", "prefix"])
    parser.add_argument("--samples", type=int, default=160, help="training samples")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--request", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.request:
        print(json.dumps(answer(args.request)))
    else:
        compare(args.models, args.methods, args.samples, args.pairs)


if __name__ == "__main__":
    main()
