"""Render one table of a study, in every format, from its collected files."""

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
    args = parser.parse_args()
    from mmpeft import collected, tables

    table = tables.build(collected.read(args.collected), TABLES[args.table])
    tables.write(table, args.out)


if __name__ == "__main__":
    start(main, "rendering")
