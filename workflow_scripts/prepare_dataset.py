"""Write the train, validation and test files of one dataset in the canonical layout.

A dataset that cannot be had as asked for is a failure, and ends with status 0.
"""

import argparse
import json
import sys
from pathlib import Path

from mmpeft.datasets.preparation import prepare_dataset
from mmpeft.datasets.sources.source import SourceError


def main() -> int:
    """Translate the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", required=True, type=json.loads, help="JSON of the study")
    parser.add_argument("--sources", required=True, type=Path, help="folder of fetched sources")
    parser.add_argument("--locks", required=True, type=Path, help="folder of their lock files")
    parser.add_argument("--out", required=True, type=Path, help="folder of the parquet files")
    arguments = parser.parse_args()
    try:
        record = prepare_dataset(
            arguments.settings, arguments.sources, arguments.locks, arguments.out
        )
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if record["reason"]:
        print(f"{record['status']}: {record['reason']}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
