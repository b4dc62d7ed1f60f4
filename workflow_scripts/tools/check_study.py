"""Verify what a study has collected against its records, and say how informative it is.

Exits 1 if the collected files and the records differ. A missed aim is reported and is no error.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mmpeft import collected, informative, verification
from mmpeft.aggregation import FAILED, MISSING, OK

_VERDICT = {True: "met", False: "MISSED", None: "not tested"}


def as_text(table: pd.DataFrame) -> str:
    """Lay out a summary in columns, one decimal, gaps as a dash."""
    shown = table.copy()
    shown["seen"] = shown["seen"].map({True: "seen", False: "unseen"})
    shown.index = [str(label) for label in shown.index]
    return shown.rename(columns={"seen": "", "constant": "chance"}).to_string(
        float_format=lambda value: f"{value:.1f}", na_rep="–"
    )


def statuses(rows: pd.DataFrame) -> str:
    """Count rows by status: 3 ok, 1 failed."""
    counts = rows["status"].value_counts()
    return ", ".join(f"{counts[one]} {one}" for one in (OK, FAILED, MISSING) if one in counts)


def main() -> int:
    """Print the report; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="results of the study: results/<name>")
    folder = parser.parse_args().folder
    data = collected.read(folder)
    table = data.results

    runs = table[table["kind"] == "run"].drop_duplicates("run")
    print(f"{folder}: {len(runs)} runs, {statuses(runs)}; {len(table)} rows")
    measured = table[(table["kind"] == "evaluation") & table["headline"]]
    for name, cells in measured.groupby("evaluation", sort=False):
        print(f"evaluation {name}: {len(cells)} cells, {statuses(cells)}")
        failed = cells.loc[cells["status"] == FAILED, "reason"].value_counts()
        for reason, count in failed.items():
            print(f"  failed ({count}): {reason}")
    faults = verification.mismatches(data, folder)
    for fault in faults:
        print(f"MISMATCH {fault}")
    if faults:
        print(f"{len(faults)} differences between the collected files and the records")
        return 1
    print(
        "results.parquet, losses.parquet, items.parquet and samples.parquet agree with the record "
        "of every run, baseline and evaluation"
    )

    states = runs.loc[runs["experiment"] == "main", "connector"].unique()
    for connector in sorted(states, reverse=True):
        print(f"\nMain experiment, connector {connector}; mean over models, points")
        print(as_text(informative.summary(table, connector)))
    noise = informative.seed_noise(table)
    if len(noise):
        print("\nSeed noise; points")
        columns = ["model", "dataset_label", "method_label", "connector", "mean", "sd", "n"]
        print(noise[columns].to_string(index=False, float_format=lambda value: f"{value:.2f}"))
    print("\nAims")
    for aim in informative.aims(table):
        print(f"  [{_VERDICT[aim.met]}] {aim.name}\n      {aim.detail}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
