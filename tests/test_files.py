import json
import subprocess
import sys
from contextlib import suppress
from threading import Timer

import pytest

from mmpeft.files import (
    DamagedError,
    alone,
    verify,
    whole_file,
    whole_folder,
    write_checksums,
    write_json,
    write_text,
)


def test_writes_text_and_makes_folders(tmp_path):
    write_text(tmp_path / "a" / "b.txt", "ü\n")
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "ü\n"


def test_leaves_nothing_beside_the_file(tmp_path):
    write_json(tmp_path / "a.json", {"x": [1, None]})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": [1, None]}


def test_a_failed_write_keeps_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", float("nan"))
    assert (tmp_path / "a.json").read_text() == "1\n"


def test_a_failed_block_leaves_no_part_of_a_file(tmp_path):
    with suppress(RuntimeError), whole_file(tmp_path / "a.txt") as part:
        part.write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_failed_block_keeps_the_old_folder(tmp_path):
    with whole_folder(tmp_path / "run") as part:
        (part / "old").touch()
    with suppress(RuntimeError), whole_folder(tmp_path / "run") as part:
        (part / "new").touch()
        raise RuntimeError
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["old"]


def test_a_folder_replaces_the_old_one_and_what_a_killed_job_left(tmp_path):
    (tmp_path / "run.part").mkdir()
    (tmp_path / "run.part" / "half").touch()
    for name in ("old", "new"):
        with whole_folder(tmp_path / "run") as part:
            (part / name).touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "new"]


def test_a_changed_file_of_a_folder_is_named(tmp_path):
    (tmp_path / "weights").write_bytes(bytes(1000))
    write_checksums(tmp_path)
    verify(tmp_path)
    for damaged in (bytes(999), bytes(999) + b"\1"):
        (tmp_path / "weights").write_bytes(damaged)
        with pytest.raises(DamagedError, match="weights is damaged"):
            verify(tmp_path)
    (tmp_path / "weights").unlink()
    with pytest.raises(DamagedError, match="weights is missing"):
        verify(tmp_path)


def test_a_folder_without_checksums_is_damaged(tmp_path):
    with pytest.raises(DamagedError, match=r"checksums\.json cannot be read"):
        verify(tmp_path)


HELD = """
import sys, time
from pathlib import Path
from mmpeft.files import alone
with alone(Path(sys.argv[1])):
    print(flush=True)
    sys.stdin.read(1)
"""


@pytest.mark.parametrize("end", ["leaves", "is killed"])
def test_one_process_waits_for_another(tmp_path, caplog, end):
    lock = tmp_path / "run.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HELD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        finish = other.kill if end == "is killed" else other.stdin.close
        timer = Timer(1.0, finish)
        timer.start()
        with alone(lock):
            assert other.wait() is not None
        timer.join()
    assert "waiting for another process" in caplog.text
    caplog.clear()
    with alone(lock):
        assert not caplog.text
    assert not lock.exists()
