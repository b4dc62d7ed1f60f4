"""Download a checkpoint from the model hub and verify it; an interrupted download goes on."""

import argparse
import sys
from pathlib import Path

from mmpeft.datasets.sources.fetch import fetch
from mmpeft.datasets.sources.source import SourceError
from mmpeft.models.hub import Checkpoint


def main() -> int:
    """Translate the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hub", required=True, help="id on the hub, owner/name")
    parser.add_argument("--lock", required=True, type=Path, help="its lock file")
    parser.add_argument("--out", required=True, type=Path, help="folder to put its files in")
    args = parser.parse_args()
    try:
        fetch(Checkpoint(args.hub), args.out, args.lock)
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
