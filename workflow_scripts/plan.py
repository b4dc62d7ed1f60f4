"""Print what a study will take, and what it lacks: exit status 1 if anything is lacking."""

import argparse
import sys
from pathlib import Path

import yaml

from mmpeft.startup import import_libraries


def main() -> int:
    """Translate the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, required=True, help="the study, YAML")
    args = parser.parse_args()
    import_libraries()
    from mmpeft.planning.plan import as_text, plan
    from mmpeft.study import load_study

    study = load_study(yaml.safe_load(args.study.read_text(encoding="utf-8")))
    found = plan(study, Path())
    print(as_text(found, study))
    if found.lacking:
        print("not an error: what the plan calls lacking is not there", file=sys.stderr)
    return 1 if found.lacking else 0


if __name__ == "__main__":
    sys.exit(main())
