"""Write what the models of a study are made of, and where its methods sit in them, as JSON."""

import argparse
import json
from pathlib import Path

from mmpeft.startup import import_libraries


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    import_libraries()
    from mmpeft.methods.outline import describe

    describe(args.settings, args.out)


if __name__ == "__main__":
    main()
