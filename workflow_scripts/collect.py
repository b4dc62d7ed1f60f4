"""Gather the records of a study into one tidy results file (parquet and CSV)."""

import argparse
import json
from pathlib import Path

from mmpeft import results


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid", type=Path, required=True, help="the study's manifest, JSON")
    parser.add_argument("--results", type=Path, required=True, help="folder of the study's results")
    parser.add_argument("--parquet", type=Path, required=True, help="file to write")
    parser.add_argument("--csv", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    grid = json.loads(args.grid.read_text(encoding="utf-8"))
    results.write(results.collect(grid, args.results), args.parquet, args.csv)


if __name__ == "__main__":
    main()
