"""Judge the claims of the paper by the collected files of a study."""

import argparse
from pathlib import Path

from mmpeft import claims, collected


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=Path, required=True, help="the claims, YAML")
    parser.add_argument("--collected", type=Path, required=True, help="folder of collected files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    claims.write(collected.read(args.collected), claims.load(args.claims), args.out)


if __name__ == "__main__":
    main()
