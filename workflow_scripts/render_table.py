"""Render one table of a study, in every format, from its collected files."""

import argparse
from pathlib import Path

from mmpeft import collected, tables
from mmpeft.artefacts import TABLES


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", choices=sorted(TABLES), required=True)
    parser.add_argument("--collected", type=Path, required=True, help="folder of collected files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    table = tables.build(collected.read(args.collected), TABLES[args.table])
    tables.write(table, args.out)


if __name__ == "__main__":
    main()
