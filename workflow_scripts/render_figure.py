"""Render one figure of a study, in every format, from its results file."""

import argparse
from pathlib import Path

from mmpeft import figures, results
from mmpeft.artefacts import FIGURES


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", choices=sorted(FIGURES), required=True)
    parser.add_argument("--results", type=Path, required=True, help="results.parquet of the study")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    figure = figures.build(results.read(args.results), FIGURES[args.figure])
    figures.write(figure, args.out, args.figure)


if __name__ == "__main__":
    main()
