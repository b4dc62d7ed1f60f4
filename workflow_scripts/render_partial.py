"""Render tables, figures and verdicts of a study from the runs that exist now; gaps are marked."""

import argparse
import json
from pathlib import Path

from mmpeft import claims, collected
from mmpeft.artefacts import ARTEFACTS
from mmpeft.rendering import render


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", nargs="+", choices=sorted(ARTEFACTS), required=True)
    parser.add_argument("--grid", type=Path, required=True, help="the study's manifest, JSON")
    parser.add_argument("--results", type=Path, required=True, help="folder of the study's results")
    parser.add_argument("--datasets", type=Path, required=True, help="folder of all datasets")
    parser.add_argument("--reported", type=Path, required=True, help="the paper's numbers")
    parser.add_argument("--claims", type=Path, required=True, help="the paper's claims, YAML")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--processes", type=int, default=1, help="that render side by side")
    args = parser.parse_args()
    grid = json.loads(args.grid.read_text(encoding="utf-8"))
    data = collected.gather(grid, args.results, args.datasets, args.reported)
    judged = claims.load(args.claims)
    render(data, args.artefacts, judged, args.out, processes=args.processes)


if __name__ == "__main__":
    main()
