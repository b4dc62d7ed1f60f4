"""Pre-train a mini base by its recipe; an interrupted run goes on where it stopped."""

import argparse
from pathlib import Path

from mmpeft.models.mini.pretraining import pretrain
from mmpeft.models.mini.recipe import RECIPES


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, choices=sorted(RECIPES))
    parser.add_argument("--start", type=Path, help="folder of the base that the recipe starts from")
    parser.add_argument("--out", required=True, type=Path, help="folder of the finished base")
    arguments = parser.parse_args()
    out: Path = arguments.out
    pretrain(arguments.model, out, arguments.start, progress=out.with_name(f"{out.name}.progress"))


if __name__ == "__main__":
    main()
