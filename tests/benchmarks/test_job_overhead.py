from checkout import ROOT
from processes import run


def test_a_fork_starts_faster_than_a_process():
    printed = run(ROOT / "benchmarks/job_overhead.py", "--pairs", "1").output
    pair, median = (line.strip("| ").split(" | ") for line in printed.splitlines()[2:])
    assert (pair[0], median[0]) == ("1", "median")
    assert pair[1:] == median[1:]
    process, fork, ratio = map(float, median[1:])
    assert process > fork > 0
    assert ratio > 1
