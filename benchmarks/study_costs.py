"""What the jobs of a study took, by rule, from the records that Snakemake keeps of each job."""

import argparse
from pathlib import Path

import pandas as pd
from reporting import Table


def job_costs(folder: Path) -> pd.DataFrame:
    """One row a job: rule and wall seconds.

    Snakemake does not see the memory of jobs that ran as forks; records of runs hold it.

    Raises ValueError if the study has no records.
    """
    files = sorted((folder / "benchmarks").rglob("*.tsv"))
    if not files:
        raise ValueError(f"{folder}: no records of jobs below benchmarks/")
    rows = pd.concat(pd.read_csv(file, sep="\t") for file in files)
    rules = [file.relative_to(folder / "benchmarks").parts[0] for file in files]
    return pd.DataFrame(
        {
            "rule": [Path(rule).stem for rule in rules],
            "wall_seconds": rows["s"].to_numpy(),
        }
    )


def by_rule(jobs: pd.DataFrame) -> pd.DataFrame:
    """One row a rule: number of jobs, wall seconds (mean, sum)."""
    return (
        jobs.groupby("rule")
        .agg(
            jobs=("wall_seconds", "size"),
            mean_wall_s=("wall_seconds", "mean"),
            sum_wall_s=("wall_seconds", "sum"),
        )
        .sort_values("sum_wall_s", ascending=False)
    )


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="results of the study: results/<name>")
    table = Table("rule", "jobs", "mean wall (s)", "all (s)")
    for row in by_rule(job_costs(parser.parse_args().folder)).itertuples():
        table.add(*row)


if __name__ == "__main__":
    main()
