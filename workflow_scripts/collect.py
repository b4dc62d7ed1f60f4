"""Gather the records of a study into the files that tables and figures are made of."""

import argparse
import json
from pathlib import Path

from mmpeft import collected


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid", type=Path, required=True, help="the study's manifest, JSON")
    parser.add_argument("--results", type=Path, required=True, help="folder of the study's results")
    parser.add_argument("--datasets", type=Path, required=True, help="folder of all datasets")
    parser.add_argument("--reported", type=Path, required=True, help="the paper's numbers")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    grid = json.loads(args.grid.read_text(encoding="utf-8"))
    data = collected.gather(grid, args.results, args.datasets, args.reported)
    collected.write(data, args.out)


if __name__ == "__main__":
    main()
