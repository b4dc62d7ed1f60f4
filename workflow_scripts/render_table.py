"""Render one table of a study, in every format, and its caption in the report."""

import argparse
from pathlib import Path

from mmpeft.artefacts import TABLES
from mmpeft.startup import start


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", choices=sorted(TABLES), required=True)
    parser.add_argument("--collected", type=Path, required=True, help="folder of collected files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--caption", type=Path, required=True, help="file for the report's caption")
    args = parser.parse_args()
    from mmpeft import collected, tables
    from mmpeft.report.captions import write_caption

    data, spec = collected.read(args.collected), TABLES[args.table]
    tables.write(tables.build(data, spec), args.out)
    write_caption(data, spec, args.caption)


if __name__ == "__main__":
    start(main, "rendering")
