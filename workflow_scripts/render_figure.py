"""Render one figure of a study, in every format, from its collected files."""

import argparse
from pathlib import Path

from mmpeft.artefacts import FIGURES
from mmpeft.startup import start


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", choices=sorted(FIGURES), required=True)
    parser.add_argument("--collected", type=Path, required=True, help="folder of collected files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    from mmpeft import collected, figures

    figure = figures.build(collected.read(args.collected), FIGURES[args.figure])
    figures.write(figure, args.out, args.figure)


if __name__ == "__main__":
    start(main, "rendering")
