"""Write the results of a study in the layouts of other benchmarks."""

import argparse
import json
import sys
from pathlib import Path

from mmpeft import exports


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grid", type=Path, required=True, help="the study's manifest, JSON")
    parser.add_argument("--results", type=Path, required=True, help="folder of the study's results")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    args = parser.parse_args()
    grid = json.loads(args.grid.read_text(encoding="utf-8"))
    try:
        exports.write(grid, args.results, args.out)
    except exports.NothingToExport as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
