"""Render every table and figure of a study from its recorded results; nothing is trained."""

import argparse
from pathlib import Path

from mmpeft import collected
from mmpeft.artefacts import ARTEFACTS
from mmpeft.rendering import render


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--collected", type=Path, required=True, help="folder of the recorded files"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    render(collected.read(args.collected), ARTEFACTS, args.out)


if __name__ == "__main__":
    main()
