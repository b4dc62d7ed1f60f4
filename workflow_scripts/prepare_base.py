"""Make a downloaded checkpoint the base of fine-tuning: model, tokenizer and processor."""

import argparse
from pathlib import Path

from mmpeft.startup import import_libraries


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", required=True, help="family of the model, as in a study")
    parser.add_argument("--checkpoint", type=Path, required=True, help="its downloaded folder")
    parser.add_argument("--tower-hub", help="hub id of a visual tower that is published apart")
    parser.add_argument("--tower", type=Path, help="downloaded folder of that tower")
    parser.add_argument("--openai-tower", type=Path, help="that of OpenAI's CLIP, to tell apart")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    import_libraries()
    from mmpeft.models.prepare import Tower, prepare_base

    tower = Tower(args.tower_hub, args.tower, args.openai_tower) if args.tower_hub else None
    prepare_base(args.family, args.checkpoint, tower, args.out)


if __name__ == "__main__":
    main()
