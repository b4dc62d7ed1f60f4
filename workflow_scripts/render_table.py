"""Render one table of a study, in every format, from its results file."""

import argparse
from pathlib import Path

from mmpeft import results, table_formats, tables
from mmpeft.artefacts import TABLES


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", choices=sorted(TABLES), required=True)
    parser.add_argument("--results", type=Path, required=True, help="results.parquet of the study")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    table = tables.build(results.read(args.results), TABLES[args.table])
    table_formats.write(table, args.out)


if __name__ == "__main__":
    main()
