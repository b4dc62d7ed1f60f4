import errno
import fcntl
import json
import os
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


KILLED = """
import os, signal, sys
from pathlib import Path
from mmpeft.files import whole_file, whole_folder
with whole_folder(Path(sys.argv[1]) / "run") as part, whole_file(part.parent / "a.txt") as file:
    (part / "half").touch()
    file.touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_job_left_is_removed_and_folders_are_replaced(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    assert len(list(tmp_path.iterdir())) == 2
    write_text(tmp_path / "a.txt", "")
    (tmp_path / "a.txt").unlink()
    for name in ("old", "new"):
        with whole_folder(tmp_path / "run") as part:
            (part / name).touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "new"]


def test_two_writers_of_a_file_do_not_meet(tmp_path):
    path = tmp_path / "a.txt"
    with whole_file(path) as first:
        first.write_text("first")
        with whole_file(path) as second:
            second.write_text("half of the second")
            assert first.read_text() == "first"
        assert path.read_text() == "half of the second"
    assert path.read_text() == "first"
    with whole_folder(tmp_path / "run") as first:
        (first / "a").touch()
        with whole_folder(tmp_path / "run") as second:
            (second / "b").touch()
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["a"]


def test_a_disk_that_takes_no_more_is_named_with_its_room(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device")
    said = r"a\.txt could not be written, with [\d,.]+ MiB free on its disk: .*No space left"
    with pytest.raises(OSError, match=said), whole_file(tmp_path / "a.txt"):
        raise full
    with (
        pytest.raises(OSError, match=said),
        whole_folder(tmp_path / "run") as part,
        whole_file(part / "a.txt"),
    ):
        raise full
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [RuntimeError("CUDA out of memory"), FileNotFoundError(2, "none", "input"), ValueError()],
)
def test_other_errors_are_left_as_they_are(tmp_path, error):
    for whole in (whole_file, whole_folder):
        with pytest.raises(type(error)) as raised, whole(tmp_path / "a"):
            raise error
        assert raised.value is error


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_without_locks_of_files_a_job_goes_on_and_says_so(tmp_path, monkeypatch, caplog, number):
    def flock(file, how):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with alone(tmp_path / "run.lock"):
        assert "this file system has no locks" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_other_errors_of_locks_are_errors(tmp_path, monkeypatch):
    def flock(file, how):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="broken"), alone(tmp_path / "run.lock"):
        pass


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
