"""Choose the images whose captions by the un-tuned base are free of hallucination."""

import argparse
import json
from pathlib import Path

from mmpeft.measures.images import select_images


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--test", type=Path, required=True, help="test split, parquet")
    parser.add_argument("--captions", type=Path, required=True, help="folder of those of the base")
    parser.add_argument(
        "--annotations", type=Path, nargs="*", default=[], help="judgements of people, CSV"
    )
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    record = select_images(args.settings, args.test, args.captions, args.annotations, args.out)
    print(f"{args.out}: {record['status']} {len(record['images'])} images {record['note'] or ''}")


if __name__ == "__main__":
    main()
