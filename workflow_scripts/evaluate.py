"""Score a model on the test split of a dataset: predictions and scores."""

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
    parser.add_argument("--data", type=Path, required=True, help="folder of the dataset's splits")
    parser.add_argument("--adapter", required=True, help="folder of an adapter; none: base alone")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    import_libraries()
    require_gpus()
    from mmpeft.evaluation import evaluate

    adapter = None if args.adapter == "none" else Path(args.adapter)
    with alone(args.out / "evaluate.lock"):
        record = evaluate(args.settings, args.data, adapter, args.out)
    print(f"{args.out}: {record['status']} {json.dumps(record['scores'] or record['reason'])}")


if __name__ == "__main__":
    start(main, "models")
