import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / "tests" / "oracles" / "qwen_vl_tiny"


@pytest.fixture
def check(monkeypatch):
    """Run the script on a folder; gives the exit status."""

    def run(folder: Path) -> int:
        script = str(ROOT / "workflow_scripts" / "tools" / "check_oracle.py")
        monkeypatch.setattr("sys.argv", [script, str(folder)])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(script, run_name="__main__")
        return end.value.code

    return run


def test_status_0_within_tolerance(check, capsys):
    assert check(ORACLE) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert len(printed.out.splitlines()) == 11
    assert "BEYOND" not in printed.out


def test_status_1_beyond_tolerance(check, capsys, tmp_path):
    folder = shutil.copytree(ORACLE, tmp_path / "oracle", copy_function=shutil.copyfile)
    with np.load(folder / "io.npz") as archive:
        values = dict(archive)
    values["logits_2"][0, 0] += 2e-4
    np.savez(folder / "io.npz", **values)
    assert check(folder) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines if "BEYOND" in line] == [["2", "logits"]]


def test_status_2_for_a_bad_folder(check, capsys, tmp_path):
    assert check(tmp_path) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"check_oracle: {tmp_path} has no config.json\n"
