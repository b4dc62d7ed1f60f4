"""Download a checkpoint from the model hub: weights, configs and vocabularies, no code."""

import argparse
from pathlib import Path

from mmpeft.models.hub import download


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hub", required=True, help="id on the hub, owner/name")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    download(args.hub, args.out)


if __name__ == "__main__":
    main()
