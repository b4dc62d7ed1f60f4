"""Verify a study's results against the records of its runs, and say how informative they are.

Exits 1 if the results and the records differ. A missed aim is reported and is no error.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from mmpeft import informative, results, verification

_VERDICT = {True: "met", False: "MISSED", None: "not tested"}


def as_text(table: pd.DataFrame) -> str:
    """Lay out a summary in columns, one decimal, gaps as a dash."""
    shown = table.copy()
    shown["seen"] = shown["seen"].map({True: "seen", False: "unseen"})
    shown.index = [str(label) for label in shown.index]
    return shown.rename(columns={"seen": "", "constant": "chance"}).to_string(
        float_format=lambda value: f"{value:.1f}", na_rep="–"
    )


def main() -> int:
    """Print the report; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="results of the study: results/<name>")
    folder = parser.parse_args().folder
    table = results.read(folder / "results.parquet")

    runs = table[table["kind"] == "run"].drop_duplicates("run")
    counts = runs["status"].value_counts().to_dict()
    print(f"{folder}: {len(runs)} runs, {counts}; {len(table)} rows")
    faults = verification.mismatches(table, folder)
    for fault in faults:
        print(f"MISMATCH {fault}")
    if faults:
        print(f"{len(faults)} differences between results.parquet and the records")
        return 1
    print("results.parquet agrees with the record of every run and baseline")

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
