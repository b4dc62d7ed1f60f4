"""Write down a study as Snakemake was called for it."""

import argparse
from pathlib import Path

from mmpeft.files import write_text


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, help="the study, as YAML text")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    write_text(args.out, args.config)


if __name__ == "__main__":
    main()
