import platform
import subprocess
import sys

import pytest

from mmpeft.startup import hold


@pytest.fixture
def state(tmp_path):
    """The state of a Snakemake that has been killed."""
    file, _ = hold(tmp_path)
    file.close()
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/0.output.lock").write_text("results/a\n")
    return tmp_path


def locks(state):
    return [path.name for path in (state / "locks").iterdir()]


def test_locks_of_a_killed_one_are_removed(state):
    file, freed = hold(state)
    assert (freed, locks(state)) == (True, [])
    file.close()


def test_locks_are_left_alone_while_another_one_lives(state):
    held = "from mmpeft.startup import hold; from pathlib import Path; import sys; "
    held += "kept = hold(Path(sys.argv[1])); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", held, state], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        (state / "locks/0.output.lock").write_text("results/a\n")
        file, freed = hold(state)
        file.close()
        assert (freed, locks(state)) == (False, ["0.output.lock"])
        other.kill()
    assert hold(state)[1]


def test_locks_of_another_machine_are_left_alone(state, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "another")
    for _ in range(2):
        file, freed = hold(state)
        file.close()
        assert (freed, locks(state)) == (False, ["0.output.lock"])
