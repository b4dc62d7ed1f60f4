"""Every command printed in README and docs works: it is run, or run dry where it takes long."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mmpeft.study import layout, load_study

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
# These change the caller's shell, or fetch what is already here.
NOT_RUN = ("source .venv/bin/activate", "export ", "git clone ", "cd ")
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "workflow_scripts")}


def printed_commands():
    """Commands of all shell blocks, in order, each once; a backslash joins lines."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```(?:bash|sh|console)\n(.*?)^```", text, re.M | re.S):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.removeprefix("$ ").partition(" #")[0].strip()
                if command and not command.startswith("#"):
                    found[" ".join(command.split())] = page.name
    return list(found)


def run(*words):
    done = subprocess.run(words, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def check_snakemake(words):
    """Build the same workflow without running a job; a report needs results, so it is left out."""
    if "--report" in words:
        place = words.index("--report")
        words = words[:place] + words[place + 2 :]
    if "--dry-run" in words:
        # Shown for its numbers of jobs, which a bare --quiet hides.
        assert re.search(r"^train +602$", run(sys.executable, "-m", "snakemake", *words), re.M)
        return
    if "--lint" not in words:
        words = [*words, "--dry-run", "--quiet"]
    run(sys.executable, "-m", "snakemake", *words)


def check_python(words):
    """A script knows every option that is printed; a module can be imported."""
    if words[0] == "-m":
        run(sys.executable, "-c", f"import {words[1]}")
        return
    if words[0] == "-c":
        run(sys.executable, *words)
        return
    assert (ROOT / words[0]).exists(), words[0]
    known = run(sys.executable, words[0], "--help")
    for option in words[1:]:
        if option.startswith("-"):
            assert option.partition("=")[0] in known, f"{words[0]} has no {option}"


def check_make(words):
    """Make knows the target, and what it would call works."""
    planned = run("make", "--dry-run", *words)
    for line in planned.splitlines():
        program, _, rest = line.partition(" ")
        if program.endswith("/snakemake"):
            check_snakemake(shlex.split(rest))
        elif program.endswith("/python") and not rest.startswith("-m"):
            check_python(shlex.split(rest))


CHECKS = {"make": check_make, "snakemake": check_snakemake, "python": check_python}


def test_pages_print_commands():
    assert {"make study", "make test"} <= set(printed_commands())


@pytest.mark.parametrize("command", printed_commands())
def test_a_printed_command_works(command):
    if command.startswith(NOT_RUN):
        return
    words = shlex.split(command)
    name = words[0].removeprefix(".venv/bin/")
    assert name in CHECKS, f"no check for {command!r}: add one, or show it as text"
    CHECKS[name](words[1:])


def test_splits_that_the_readme_names_are_those_of_the_paper_study():
    study = load_study(yaml.safe_load((ROOT / "studies/paper.yaml").read_text(encoding="utf-8")))
    made = {
        layout.split_file(study, name, split)
        for name in study.datasets
        for split in ("train", "validation", "test")
    }
    named = re.findall(
        r"results/datasets/[\w/.-]+", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert named
    assert set(named) <= made


def test_files_that_the_readme_names_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"`((?:docs|studies|reference|workflow_scripts|rules)/[\w./-]*)`", text)
    assert names
    assert [name for name in names if not (ROOT / name).exists()] == []
