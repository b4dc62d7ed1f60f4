"""What a command takes as a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkout import ROOT, SCRIPTS

from mmpeft.startup import start_templates
from mmpeft.startup.address import VARIABLE


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a process and the ones it waited for.

    peak_mib: the largest resident set of one of them; never below that of the process that started
    it, which Linux counts as well. output: what was printed.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    output: str


def run(*words: str | Path, cwd: Path = ROOT, **environment: str) -> Cost:
    """Run Python with these arguments and one thread.

    environment: variables that it gets besides. Raises RuntimeError with the end of what was
    printed if it fails.
    """
    path = [str(SCRIPTS), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    own = {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, path))}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=cwd,
            env=os.environ | own | environment,
            stdout=output,
            stderr=errors,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        for printed in (output, errors):
            printed.seek(0)
        if process.returncode:
            told = (output.read() + errors.read())[-2000:]
            raise RuntimeError(f"{words[0]} ended with {process.returncode}:\n{told}")
        return Cost(
            wall_seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output.read()
        )


@contextmanager
def templates() -> Iterator[Mapping[str, str]]:
    """Templates that jobs may fork from, as Snakemake offers them: a variable to `run` these with.

    The first job of a kind waits for the imports of its template.
    """
    started = start_templates(SCRIPTS / "template.py")
    try:
        yield {VARIABLE: os.environ.pop(VARIABLE)}
    finally:
        for template in started:
            template.stdin.close()
            template.wait()
