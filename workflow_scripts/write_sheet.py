"""Write the sheet on which people judge captions: of the un-tuned base, or of all runs."""

import argparse
import json
from pathlib import Path

from mmpeft.annotation.sheets import write_base_sheet, write_run_sheet


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--test", type=Path, required=True, help="test split, parquet")
    of = parser.add_mutually_exclusive_group(required=True)
    of.add_argument("--base", type=Path, help="captions of the base, parquet")
    of.add_argument("--images", type=Path, help="chosen images, for the captions of runs")
    parser.add_argument(
        "--answers", type=Path, nargs="*", default=[], help="captions of each run, parquet"
    )
    parser.add_argument("--out", type=Path, required=True, help="page to write")
    args = parser.parse_args()
    if args.base is not None:
        count = write_base_sheet(args.settings, args.test, args.base, args.out)
    else:
        count = write_run_sheet(args.settings, args.test, args.images, args.answers, args.out)
    print(f"{args.out}: {count} images")


if __name__ == "__main__":
    main()
