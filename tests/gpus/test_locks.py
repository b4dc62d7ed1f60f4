import os

import pytest

from mmpeft.gpus.locks import lock_devices


def test_more_devices_than_there_are_are_not_waited_for(tmp_path):
    with pytest.raises(ValueError, match="3 devices asked for, 2 given"):
        lock_devices(["0", "1"], 3, tmp_path / "locks" / "machine")


def test_devices_are_taken_in_order_and_named_as_given(tmp_path):
    held = lock_devices(["GPU-b/1", "GPU-a"], 1, tmp_path / "locks" / "machine")
    rest = lock_devices(["GPU-b/1", "GPU-a"], 1, tmp_path / "locks" / "machine")

    assert [*held, *rest] == ["GPU-b/1", "GPU-a"]
    for descriptor in (*held.values(), *rest.values()):
        os.close(descriptor)


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path):
    folder = tmp_path / "locks" / "machine"
    folder.mkdir(parents=True)
    (tmp_path / "elsewhere").touch()
    (folder / "device-0").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        lock_devices(["0"], 1, folder)
