"""Record a finished study: what its tables and figures need, and the fingerprints of its runs.

python workflow_scripts/tools/record_study.py results/mini reference/mini
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import pandas as pd

from mmpeft import collected, verification
from mmpeft.aggregation import MISSING
from mmpeft.collected import Collected


def faults(data: Collected, folder: Path) -> list[str]:
    """What keeps the study from being recorded; empty if nothing does."""
    missing = data.results.loc[data.results["status"] == MISSING, "scores_record"]
    gaps = [f"{place}: missing" for place in missing.dropna().unique()]
    return gaps + verification.mismatches(data, folder)


def fingerprints(data: Collected, folder: Path) -> pd.DataFrame:
    """One row a run: its id, status, fingerprint of settings, data and code, commit, and time."""
    rows = []
    for place in sorted(data.results["train_record"].dropna().unique()):
        record = json.loads((folder / place).read_text(encoding="utf-8"))
        rows.append(
            {
                "run": Path(place).parent.relative_to("runs").as_posix(),
                "status": record["status"],
                "fingerprint": record["fingerprint"],
                "commit": record["provenance"]["git"]["commit"],
                "recorded": record["provenance"]["recorded"],
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="results of the study: results/<name>")
    parser.add_argument("record", type=Path, help="folder to write to; what it holds is replaced")
    arguments = parser.parse_args()
    data = collected.read(arguments.study)
    if found := faults(data, arguments.study):
        sys.exit("\n".join(found))
    shutil.rmtree(arguments.record, ignore_errors=True)
    arguments.record.mkdir(parents=True)
    for name in collected.FILES:
        shutil.copyfile(arguments.study / name, arguments.record / name)
    runs = fingerprints(data, arguments.study)
    runs.to_csv(arguments.record / "fingerprints.csv", index=False)
    size = sum(path.stat().st_size for path in arguments.record.iterdir())
    print(f"{len(runs)} runs, {size / 1e6:.1f} MB -> {arguments.record}")


if __name__ == "__main__":
    main()
