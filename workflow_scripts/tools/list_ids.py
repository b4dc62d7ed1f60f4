"""Print the ids of a prepared split, or of the training subset that a seed draws from it.

python workflow_scripts/tools/list_ids.py results/datasets/NAME/SIZES/train.parquet --samples 1000
"""

import argparse
import sys
from pathlib import Path

from mmpeft.batching import subset
from mmpeft.datasets.schema import read_ids


def main() -> int:
    """Translate the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("split", type=Path, help="a parquet file of results/datasets/")
    parser.add_argument("--samples", type=int, help="size of the training subset; without: all")
    parser.add_argument("--seed", type=int, default=42, help="its subset_seed (42)")
    arguments = parser.parse_args()
    ids = read_ids(arguments.split)
    if arguments.samples is not None:
        try:
            ids = subset(ids, arguments.samples, arguments.seed)
        except ValueError as error:
            print(f"list_ids: {error}", file=sys.stderr)
            return 2
    print("\n".join(ids))
    return 0


if __name__ == "__main__":
    sys.exit(main())
