"""Fetch the files of one source of datasets and verify them; an interrupted fetch goes on.

A source that its publisher does not give is a failure, and ends with status 0.
"""

import argparse
import sys
from pathlib import Path

from mmpeft.datasets.sources.catalogue import SOURCES
from mmpeft.datasets.sources.fetch import fetch_or_record
from mmpeft.datasets.sources.source import SourceError


def main() -> int:
    """Translate the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, choices=SOURCES, help="name of the source")
    parser.add_argument("--lock", required=True, type=Path, help="its lock file")
    parser.add_argument("--out", required=True, type=Path, help="folder to put its files in")
    arguments = parser.parse_args()
    try:
        failure = fetch_or_record(SOURCES[arguments.source], arguments.out, arguments.lock)
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if failure is not None:
        print(f"{failure.status}: {failure.reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
