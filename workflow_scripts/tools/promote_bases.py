"""Replace the shipped mini bases by rebuilt ones, after checking that they follow their recipes.

python workflow_scripts/tools/promote_bases.py results/bases reference/bases
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from mmpeft.models.mini.fingerprint import fingerprint
from mmpeft.models.mini.recipe import BASES


def faults(folder: Path) -> list[str]:
    """What keeps the bases in `folder` from being shipped; empty if nothing does."""
    found = []
    for name in BASES:
        record = folder / name / "recipe.json"
        if not record.is_file():
            found.append(f"{name}: {record} is missing; build it with `make rebuild-bases`")
        elif json.loads(record.read_text())["fingerprint"] != fingerprint(name):
            found.append(f"{name}: made by another recipe than the present one")
    return found


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rebuilt", type=Path, help="folder with one folder per base")
    parser.add_argument("shipped", type=Path, help="folder whose bases are replaced")
    arguments = parser.parse_args()
    if found := faults(arguments.rebuilt):
        sys.exit("\n".join(found))
    for name in BASES:
        shutil.rmtree(arguments.shipped / name, ignore_errors=True)
        shutil.copytree(arguments.rebuilt / name, arguments.shipped / name)
        print(f"{name} -> {arguments.shipped / name}")


if __name__ == "__main__":
    main()
