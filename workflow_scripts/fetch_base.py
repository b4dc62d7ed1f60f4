"""Fetch a base model from its hub into a folder: weights as safetensors, no code, no pickles."""

import argparse
from pathlib import Path

from huggingface_hub import snapshot_download

PATTERNS = ["*.json", "*.safetensors", "*.model", "*.tiktoken", "*.txt", "*.jinja"]


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hub", required=True, help="id on the hub, owner/name")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    snapshot_download(args.hub, local_dir=args.out, allow_patterns=PATTERNS)


if __name__ == "__main__":
    main()
