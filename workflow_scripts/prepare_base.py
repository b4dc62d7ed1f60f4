"""Make a downloaded checkpoint the base of fine-tuning: model, tokenizer and processor."""

import argparse
import json
import sys
from pathlib import Path

from mmpeft.startup import import_libraries


def main() -> int:
    """Translate the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", required=True, help="family of the model, as in a study")
    parser.add_argument("--hubs", required=True, type=json.loads, help="its repositories, JSON")
    parser.add_argument("--downloads", required=True, type=Path, help="folder they are in")
    parser.add_argument("--locks", required=True, type=Path, help="folder of their lock files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    import_libraries()
    from mmpeft.datasets.sources.source import SourceError
    from mmpeft.models.prepare import prepare_base

    try:
        prepare_base(args.family, args.hubs, args.downloads, args.locks, args.out)
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
