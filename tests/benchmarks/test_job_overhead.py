import math

from checkout import ROOT
from processes import run


def test_a_process_and_a_fork_are_compared():
    printed = run(ROOT / "benchmarks/job_overhead.py", "--pairs", "1").output
    pair, median = (line.strip("| ").split(" | ") for line in printed.splitlines()[2:])
    assert (pair[0], median[0]) == ("1", "median")
    assert pair[1:] == median[1:]
    assert all(0 < float(cell) < math.inf for cell in median[1:])
