"""Measure what it costs to render all tables and figures of a complete study.

Records of all its runs and evaluations are made up in a temporary folder and collected. Artefacts
are then rendered as the rules do it, one process each, and as `partial` does it, all in one.
Prints user + system CPU seconds.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "workflow_scripts"
sys.path[:0] = [str(SCRIPTS), str(ROOT / "tests")]

import synthetic
import synthetic_evaluations
from mmpeft import collected
from mmpeft.artefacts import FIGURES, TABLES
from mmpeft.files import write_json
from mmpeft.study import Study, layout, load_study


def cpu_seconds(script: str, *arguments: str | Path) -> float:
    """Run a script of the workflow; returns the CPU seconds that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPTS)}
    words = [sys.executable, SCRIPTS / script, *arguments]
    subprocess.run(words, check=True, env=environment, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def collect(study: Study, folder: Path) -> int:
    """Write and collect made-up records of everything; returns the number of result rows."""
    synthetic.write_records(folder, study)
    for measurement in study.measurements:
        synthetic_evaluations.measure_record(folder, measurement)
    data = synthetic.collected(folder, study)
    collected.write(data, folder)
    write_json(folder / "study.json", data.study)
    return len(data.results)


def main() -> None:
    """Translate the command line and print one line a process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", type=Path, default=ROOT / "studies/mini.yaml")
    study = load_study(yaml.safe_load(parser.parse_args().study.read_text(encoding="utf-8")))
    tables, figures = (layout.artefacts_of(study, declared) for declared in (TABLES, FIGURES))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        print(f"{len(study.runs)} runs, {collect(study, folder)} rows of results")
        place = ["--collected", folder, "--out", folder / "rendered"]
        jobs = [("render_table.py", "--table", name) for name in tables]
        jobs += [("render_figure.py", "--figure", name) for name in figures]
        jobs += [("check_claims.py", "--claims", ROOT / layout.CLAIMS)]
        each = {name: cpu_seconds(script, kind, name, *place) for script, kind, name in jobs}
        for name, seconds in each.items():
            print(f"{seconds:6.2f}  {name}")
        print(f"{sum(each.values()):6.1f}  all, one process each")
        partial = ["--tables", *tables, "--figures", *figures, "--grid", folder / "study.json"]
        partial += ["--results", folder, "--datasets", folder, "--reported", synthetic.REPORTED]
        partial += ["--claims", ROOT / layout.CLAIMS, "--out", folder / "partial"]
        print(f"{cpu_seconds('render_partial.py', *partial):6.1f}  all in one process")


if __name__ == "__main__":
    main()
