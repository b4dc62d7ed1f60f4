"""Render tables, figures and verdicts of a study from its recorded results; nothing is trained."""

import argparse
from pathlib import Path

from mmpeft import claims, collected
from mmpeft.artefacts import ARTEFACTS
from mmpeft.rendering import render


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", nargs="*", choices=sorted(ARTEFACTS), required=True)
    parser.add_argument("--collected", type=Path, required=True, help="folder of recorded files")
    parser.add_argument("--claims", type=Path, required=True, help="the claims, YAML")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--processes", type=int, default=1, help="that render side by side")
    args = parser.parse_args()
    data = collected.read(args.collected)
    judged = claims.load(args.claims)
    render(data, args.artefacts, judged, args.out, processes=args.processes)


if __name__ == "__main__":
    main()
