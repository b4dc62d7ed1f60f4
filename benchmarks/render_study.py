"""What it takes to collect and to render everything of a complete study.

All that its runs, evaluations and judges would have written is made up, with test sets of the real
size. It is then collected, and every table, figure, verdict and the opening page rendered as the
rules do it, in forks of a template and several at a time, and as `partial` does it, by one script.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import made_up
import yaml
from checkout import ROOT, SCRIPTS
from processes import Cost, run, templates
from reporting import Table
from studies import with_seeds

from mmpeft.artefacts import ARTEFACTS, FIGURES, TABLES
from mmpeft.files import write_json
from mmpeft.study import Study, as_text, layout, load_study

REPORTED = ROOT / layout.REPORTED
CLAIMS = ROOT / layout.CLAIMS
OVERVIEW, STYLE = (ROOT / "rules/report" / name for name in ("overview.html.jinja", "style.css"))


def make_up(study: Study, folder: Path) -> None:
    """Write everything that `collect` and the artefacts read below `folder`."""
    made_up.write(study, folder, folder / "datasets")
    write_json(folder / "study.json", study.manifest())
    settings = as_text(study.outline_settings())
    run(SCRIPTS / "describe_models.py", "--settings", settings, "--out", folder / "models.json")


def collect(folder: Path) -> Cost:
    """Collect the records."""
    return run(SCRIPTS / "collect.py", *_records(folder), "--out", folder)


def render_in_forks(study: Study, folder: Path, jobs: int) -> tuple[float, Mapping[str, float]]:
    """Wall seconds of all artefacts together, `jobs` of them at a time, and of each."""
    place = ("--collected", folder)
    claims = ("check_claims.py", "--claims", CLAIMS, *place, "--out", folder)
    commands = {"claims": claims} | {
        name: (
            *(f"render_{kind}.py", f"--{kind}", name, *place, "--out", folder / f"{kind}s"),
            *("--caption", folder / f"report/captions/{name}.html"),
        )
        for kind, declared in (("table", TABLES), ("figure", FIGURES))
        for name in layout.artefacts_of(study, declared)
    }
    overview = ("--artefacts", *list(commands)[1:], *place, "--claims", folder / "claims.html")
    overview += ("--template", OVERVIEW, "--style", STYLE, "--out", folder / "overview.html")
    overview += ("--claims-shown", folder / "report/claims.html")
    begun = time.monotonic()
    with templates() as offered, ThreadPoolExecutor(jobs) as at_once:

        def render(name: str) -> tuple[str, float]:
            script, *words = commands[name]
            return name, run(SCRIPTS / script, *words, **offered).wall_seconds

        each = dict(at_once.map(render, commands))
        each["overview"] = run(SCRIPTS / "write_overview.py", *overview, **offered).wall_seconds
    return time.monotonic() - begun, each


def render_by_one_script(study: Study, folder: Path, processes: int) -> Cost:
    """Collect the records and render all tables, figures and verdicts by one script."""
    return run(
        *(SCRIPTS / "render_partial.py", "--artefacts", *layout.artefacts_of(study, ARTEFACTS)),
        *("--claims", CLAIMS, *_records(folder), "--out", folder / "partial"),
        *("--processes", str(processes)),
    )


def _records(folder: Path) -> tuple[str | Path, ...]:
    grid = folder / "study.json"
    datasets = folder / "datasets"
    return ("--grid", grid, "--results", folder, "--datasets", datasets, "--reported", REPORTED)


def main() -> None:
    """Translate the command line, make up the study, print what it takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", type=Path, default=ROOT / "studies/mini.yaml")
    parser.add_argument("--seeds", type=int, default=1, help="times as many seeds as the study has")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="artefacts at a time")
    parser.add_argument("--slowest", type=int, default=10, help="artefacts to list")
    args = parser.parse_args()
    config = yaml.safe_load(args.study.read_text(encoding="utf-8"))
    study = load_study(with_seeds(config, args.seeds))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # In a process of its own: its memory would count as that of each command started here.
        with ProcessPoolExecutor(1) as apart:
            apart.submit(make_up, study, folder).result()
        collected = collect(folder)
        together, each = render_in_forks(study, folder, args.jobs)
        by_one = render_by_one_script(study, folder, args.jobs)
    print(f"{len(study.runs):,} runs; {len(each)} artefacts, rendered {args.jobs} at a time.\n")
    table = Table("step", "wall (s)", "CPU (s)", "peak (MiB)")
    table.add("collect", collected.wall_seconds, collected.cpu_seconds, collected.peak_mib)
    table.add("render, in forks", together, "-", "-")
    table.add("collect, then render in forks", collected.wall_seconds + together, "-", "-")
    table.add(
        *("collect and render, by one script", by_one.wall_seconds),
        *(by_one.cpu_seconds, by_one.peak_mib),
    )
    print()
    slowest = Table("slowest, in forks", "wall (s)")
    for name in sorted(each, key=each.get, reverse=True)[: args.slowest]:
        slowest.add(name, each[name])


if __name__ == "__main__":
    main()
