"""Render one figure of a study, in every format, and its caption in the report."""

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
    parser.add_argument("--caption", type=Path, required=True, help="file for the report's caption")
    args = parser.parse_args()
    from mmpeft import collected, figures
    from mmpeft.report.captions import write_caption

    data, spec = collected.read(args.collected), FIGURES[args.figure]
    figures.write(figures.build(data, spec), args.out, args.figure)
    write_caption(data, spec, args.caption)


if __name__ == "__main__":
    start(main, "rendering")
