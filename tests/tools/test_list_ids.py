import runpy
from pathlib import Path

import pytest

from mmpeft.batching import subset
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.schema import read_rows, write_rows

SCRIPT = Path(__file__).parents[2] / "workflow_scripts/tools/list_ids.py"


@pytest.fixture
def split(tmp_path):
    path = tmp_path / "train.parquet"
    write_rows((generate_row("mini-okvqa", "train", n) for n in range(40)), path)
    return path


@pytest.fixture
def listed(monkeypatch, capsys):
    """Run the script; gives its exit status and the lines that it prints."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", [str(SCRIPT), *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(SCRIPT), run_name="__main__")
        return end.value.code, capsys.readouterr().out.splitlines()

    return run


def test_all_ids_in_the_order_of_the_file(listed, split):
    assert listed(split) == (0, [row["id"] for row in read_rows(split)])


def test_ids_are_those_that_training_draws_and_nested(listed, split):
    drawn = {size: listed(split, "--samples", size, "--seed", 7)[1] for size in (5, 20)}

    assert drawn[20] == [row["id"] for row in subset(read_rows(split), 20, 7)]
    assert drawn[5] == drawn[20][:5]
    assert drawn[5] != listed(split, "--samples", 5, "--seed", 8)[1]


def test_more_samples_than_rows(listed, split):
    assert listed(split, "--samples", 41) == (2, [])
