from checkout import ROOT
from processes import run


def test_the_suite_and_a_plain_trainer_are_compared():
    printed = run(
        *(ROOT / "benchmarks/training", "--models", "mini-llava-7b", "--methods", "lora"),
        *("--connectors", "frozen", "--against", "trainer", "--samples", "16", "--pairs", "1"),
    ).output
    header, _, row = printed.splitlines()
    assert header.endswith("| trainer (samples/s, MiB) | features kept | same work |")
    cells = row.strip("| ").split(" | ")
    assert cells[:3] == ["mini-llava-7b", "lora", "frozen"]
    speeds = [float(cell.partition(",")[0]) for cell in cells[3:6]]
    assert all(speed > 0 for speed in speeds)
