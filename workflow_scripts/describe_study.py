"""Write the grid of a study as JSON, for the aggregation of its results."""

import argparse
from pathlib import Path

import yaml

from mmpeft.files import write_json
from mmpeft.study import load_study


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, help="the study, as YAML text")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    write_json(args.out, load_study(yaml.safe_load(args.config)).manifest())


if __name__ == "__main__":
    main()
