"""Run every benchmark that needs no GPU, at a size of about ten minutes, and write one page.

The page has the tables that the benchmarks print, and where, when and with what they were measured.
"""

import argparse
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from checkout import ROOT
from processes import run

from mmpeft.files import write_text
from mmpeft.provenance import git_state, hardware

PACKAGES = ("torch", "transformers", "peft", "trl", "snakemake", "pandas", "matplotlib")
PAGE = "bench.md"
BENCHMARKS: Mapping[str, str] = {
    "Training": "training --models mini-llava-7b --methods lora --connectors frozen"
    " --samples 80 --pairs 3",
    "Evaluation": "evaluation.py --datasets mini-vizwiz mini-flickr30k --rows 64 --pairs 3",
    "Start of a job": "job_overhead.py --pairs 3",
    "Planning": "scheduling.py --runs 100 300 1000 3000 --repeats 1 --out {out}",
    "Rendering": "render_study.py",
    "Scoring": "score_vqa.py",
}


def measure(out: Path) -> bool:
    """Run all benchmarks one after the other, write the page; returns whether all went well.

    A benchmark that fails leaves word in its place.
    """
    sections, failed = [f"# Benchmarks\n\n{setting()}"], False
    for title, command in BENCHMARKS.items():
        script, *words = shlex.split(command.format(out=shlex.quote(str(out))))
        print(f"{title}: {command}", flush=True)
        try:
            cost = run(ROOT / "benchmarks" / script, *words)
            told = f"{cost.output.strip()}\n\nTook {cost.wall_seconds:.0f} s."
        except RuntimeError as error:
            failed = True
            told = f"Failed:\n\n```text\n{error}\n```"
            print(error, file=sys.stderr)
        shown = command.format(out="build/bench")
        sections.append(f"## {title}\n\n`python benchmarks/{shown}`\n\n{told}")
    write_text(out / PAGE, "\n\n".join(sections) + "\n")
    print(f"written to {out / PAGE}")
    return not failed


def setting() -> str:
    """Date, commit, machine and versions, in Markdown."""
    machine, code = hardware(), git_state(ROOT)
    commit = f"{(code['commit'] or 'unknown')[:10]}{' with changes' if code['dirty'] else ''}"
    return (
        f"{datetime.now(UTC).date().isoformat()}, commit {commit}; {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GB; "
        f"{', '.join(f'{name} {_version(name)}' for name in PACKAGES)}."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(none)"


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench", help="folder of the page")
    sys.exit(not measure(parser.parse_args().out))


if __name__ == "__main__":
    main()
