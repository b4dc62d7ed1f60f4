"""Score the one answer that does best on the training split of a dataset."""

import argparse
import json
from pathlib import Path

from mmpeft.scoring import evaluate_constant


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--data", type=Path, required=True, help="folder of the dataset's splits")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    record = evaluate_constant(args.settings, args.data, args.out)
    said = record["reason"] or f"{record['constant']!r} {json.dumps(record['scores'])}"
    print(f"{args.out}: {record['status']} {said}")


if __name__ == "__main__":
    main()
