"""Measure a run on a dataset beside its own, after chosen epochs: predictions and scores."""

import argparse
import json
from pathlib import Path

from mmpeft.files import alone
from mmpeft.gpus import require_gpus
from mmpeft.startup import import_libraries, start


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--test", type=Path, required=True, help="test split, parquet")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument(
        "--images", type=Path, nargs="?", help="images to take; without: the whole test split"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    import_libraries()
    require_gpus()
    from mmpeft.measures.job import measure_run

    with alone(args.out / "evaluate.lock"):
        record = measure_run(args.settings, args.test, args.run, args.images, args.out)
    epochs = [measured["epoch"] for measured in record["epochs"]]
    print(f"{args.out}: {record['status']} epochs {epochs} {record['reason'] or ''}".rstrip())


if __name__ == "__main__":
    start(main, "models")
