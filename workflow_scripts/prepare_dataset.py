"""Write the train, validation and test files of one dataset in the canonical layout."""

import argparse
import json
from pathlib import Path

from mmpeft.datasets.mini.generate import generate_dataset


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True, help="name in mmpeft.datasets.registry")
    parser.add_argument("--sizes", required=True, type=json.loads, help='{"train": 400, ...}')
    parser.add_argument("--out", required=True, type=Path, help="folder of the parquet files")
    arguments = parser.parse_args()
    generate_dataset(arguments.dataset, arguments.sizes, arguments.out)


if __name__ == "__main__":
    main()
