"""Gather the answers and images that qualitative figures choose from."""

import argparse
import json
from pathlib import Path

from mmpeft.samples import collect_samples


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid", type=Path, required=True, help="the study's manifest, JSON")
    parser.add_argument("--results", type=Path, required=True, help="folder of the study's results")
    parser.add_argument("--datasets", type=Path, required=True, help="folder of all datasets")
    parser.add_argument("--samples", type=Path, required=True, help="file to write")
    parser.add_argument("--images", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    grid = json.loads(args.grid.read_text(encoding="utf-8"))
    number = collect_samples(grid, args.results, args.datasets, args.samples, args.images)
    print(f"{args.samples}: {number} samples")


if __name__ == "__main__":
    main()
