"""Print what a study has no score for, why, and the command that tries just that again."""

import argparse
import json
from pathlib import Path

from mmpeft.unscored import retry_command, table, unscored


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid", type=Path, required=True, help="the study's manifest, JSON")
    parser.add_argument("--results", type=Path, required=True, help="folder of the study's results")
    parser.add_argument(
        "call", nargs="*", help="after --: the words after `snakemake` that asked for this"
    )
    args = parser.parse_args()
    grid = json.loads(args.grid.read_text(encoding="utf-8"))
    gaps = unscored(grid, args.results)
    print(table(gaps))
    if gaps.jobs:
        print(f"\nto try again:\n{retry_command(gaps.jobs, args.call)}")


if __name__ == "__main__":
    main()
