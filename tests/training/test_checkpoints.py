import os
import signal
from pathlib import Path

import pytest
from transformers import TrainerControl, TrainerState

from mmpeft.methods.saving import epoch_folder
from mmpeft.training import checkpoints
from mmpeft.training.checkpoints import (
    CheckpointFolder,
    EpochAdapters,
    Interrupted,
    Saving,
    StopRequest,
)
from tiny_models import FAMILIES

MINE, OTHER = "a" * 64, "b" * 64


def checkpoint(folder, step, complete=True):
    (folder.path / f"checkpoint-{step}").mkdir(parents=True)
    if complete:
        folder.mark_complete(step)
    return folder.path / f"checkpoint-{step}"


def test_finds_nothing_at_first(tmp_path):
    assert CheckpointFolder(tmp_path / "none", MINE).latest() is None


def test_finds_the_newest_and_keeps_the_one_before(tmp_path):
    folder = CheckpointFolder(tmp_path, MINE)
    oldest = checkpoint(folder, 9)
    assert folder.latest() == oldest
    older = checkpoint(folder, 10)
    assert folder.latest() == older
    newest = checkpoint(folder, 100)
    assert folder.latest() == newest
    assert sorted(folder.path.iterdir()) == [older, newest]


def test_an_older_one_is_deleted_when_the_disk_has_the_newer(tmp_path, monkeypatch):
    folder = CheckpointFolder(tmp_path, MINE)
    for step in (1, 2, 3):
        (folder.path / f"checkpoint-{step}").mkdir(parents=True)
    flushed = []

    def fsync(descriptor):
        flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        assert (folder.path / "checkpoint-1").exists()

    monkeypatch.setattr(os, "fsync", fsync)
    (folder.path / "checkpoint-3" / "weights").touch()
    folder.mark_complete(3)
    assert sorted(flushed) == ["a" * 16, "checkpoint-3", "checksums.json", "weights"]
    assert not (folder.path / "checkpoint-1").exists()


def test_ignores_and_removes_a_checkpoint_cut_off_while_it_was_written(tmp_path):
    folder = CheckpointFolder(tmp_path, MINE)
    whole = checkpoint(folder, 9)
    cut_off = checkpoint(folder, 12, complete=False)
    assert folder.latest() == whole
    assert not cut_off.exists()


def test_ignores_and_removes_a_damaged_checkpoint(tmp_path, caplog):
    folder = CheckpointFolder(tmp_path, MINE)
    path = folder.path / "checkpoint-9"
    before = checkpoint(folder, 8)
    path.mkdir(parents=True)
    (path / "trained.safetensors").write_bytes(bytes(100))
    folder.mark_complete(9)
    assert folder.latest() == path
    (path / "trained.safetensors").write_bytes(bytes(99) + b"\1")
    assert folder.latest() == before
    assert not path.exists()
    assert "trained.safetensors is damaged" in caplog.text


def test_ignores_and_removes_what_another_fingerprint_saved(tmp_path, caplog):
    checkpoint(CheckpointFolder(tmp_path, OTHER), 9)
    assert CheckpointFolder(tmp_path, MINE).latest() is None
    assert "ignoring checkpoints of other settings" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_delete_removes_everything(tmp_path):
    folder = CheckpointFolder(tmp_path / "checkpoint", MINE)
    checkpoint(folder, 9)
    folder.delete()
    folder.delete()
    assert not folder.root.exists()


def test_notes_signals_and_restores_the_handlers():
    before = signal.getsignal(signal.SIGTERM)
    with StopRequest() as stop:
        assert stop.signal_number is None
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.signal_number == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def act(saving, *, step, epoch, event="on_step_end"):
    control = TrainerControl()
    state = TrainerState(global_step=step, epoch=epoch, max_steps=6)
    getattr(saving, event)(None, state, control)
    return control.should_save, control.should_training_stop


def test_saves_when_it_is_time_but_never_stops_unasked(tmp_path):
    folder, stop = CheckpointFolder(tmp_path, MINE), StopRequest()
    assert act(Saving(folder, stop, every=1000), step=1, epoch=0.5) == (False, False)
    assert act(Saving(folder, stop, every=0), step=1, epoch=0.5) == (True, False)


def test_saves_and_stops_on_request_after_the_validation_of_an_epoch(tmp_path):
    stop = StopRequest()
    saving = Saving(CheckpointFolder(tmp_path, MINE), stop, every=1000)
    stop.signal_number = signal.SIGINT
    assert act(saving, step=1, epoch=0.5) == (True, True)
    assert act(saving, step=2, epoch=1.0) == (False, False)
    assert act(saving, step=2, epoch=1.0, event="on_epoch_end") == (True, True)


def test_does_not_validate_an_epoch_stopped_midway(tmp_path):
    control = TrainerControl(should_evaluate=True)
    state = TrainerState(global_step=1, epoch=0.5, max_steps=6)
    Saving(CheckpointFolder(tmp_path, MINE), StopRequest(), every=0).on_epoch_end(
        None, state, control
    )
    assert (control.should_evaluate, control.should_save) == (False, False)


def test_finishes_when_asked_to_stop_after_the_last_step(tmp_path):
    stop = StopRequest()
    saving = Saving(CheckpointFolder(tmp_path, MINE), stop)
    stop.signal_number = signal.SIGINT
    assert act(saving, step=6, epoch=3.0, event="on_epoch_end") == (False, False)


@pytest.mark.parametrize(("epoch", "saved"), [(1.0, []), (2.0, ["02"]), (2.5, []), (3.0, ["03"])])
def test_keeps_the_adapter_of_a_whole_epoch_that_is_asked_for(tmp_path, monkeypatch, epoch, saved):
    monkeypatch.setattr(
        checkpoints,
        "save_adapter",
        lambda model, family, folder: (folder / "weights").write_text(model),
    )
    folder = CheckpointFolder(tmp_path, MINE)
    state = TrainerState(global_step=1, epoch=epoch, max_steps=6)
    EpochAdapters(folder, FAMILIES["llava"], [2, 3]).on_epoch_end(
        None, state, TrainerControl(), model="tuned"
    )
    assert [path.parent.name for path in tmp_path.rglob("weights")] == saved


def test_adapters_of_epochs_outlive_newer_checkpoints_and_are_deleted_with_them(tmp_path):
    folder = CheckpointFolder(tmp_path / "checkpoint", MINE)
    kept = epoch_folder(folder.path, 2)
    kept.mkdir(parents=True)
    checkpoint(folder, 9)
    checkpoint(folder, 10)
    assert folder.latest().name == "checkpoint-10"
    assert kept.is_dir()
    folder.delete()
    assert not kept.exists()


def test_an_interruption_names_signal_and_step():
    assert str(Interrupted(signal.SIGTERM, 7)) == "stopped by SIGTERM after step 7"
