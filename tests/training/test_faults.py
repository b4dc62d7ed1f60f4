"""What breaks around a training costs at most the work since its last checkpoint."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from pickle import UnpicklingError

import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny_runs
from mmpeft.evaluation import evaluate
from mmpeft.files import DamagedError, alone, write_checksums
from mmpeft.finished import parts_of_run, put_aside
from mmpeft.training import fine_tune, run
from mmpeft.training.checkpoints import Saving
from mmpeft.training.trainer import FineTuner

FILES = ("adapter/adapter_model.safetensors", "adapter/connector.safetensors", "loss.csv")
NO_ROOM = r"could not be written, with [\d,.]+ MiB free on its disk"

ROOT = Path(__file__).parents[2]
# Root may write everywhere, unless it gives that up.
HELD_TO_PERMISSIONS = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    tiny_runs.write_base(folder / "llava", "llava")
    tiny_runs.write_data(folder / "data")
    return folder


def tune(place, out):
    settings = tiny_runs.train_settings(place / "llava", "llava")
    return fine_tune(settings, place / "data", out)


def written(out):
    return [(out / name).read_bytes() for name in FILES]


@pytest.fixture(scope="module")
def finished(place):
    """(folder, record) of an undisturbed run, for tests that only read it."""
    return place / "finished", tune(place, place / "finished")


@pytest.fixture
def crashed(place, tmp_path):
    """A run that crashed in its fifth step, with a checkpoint of the fourth."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "Saving", partial(Saving, every=0))
        step = FineTuner.training_step

        def training_step(self, *args, **kwargs):
            if self.state.global_step == 4:
                raise ConnectionError("the machine is gone")
            return step(self, *args, **kwargs)

        patch.setattr(FineTuner, "training_step", training_step)
        with pytest.raises(ConnectionError):
            tune(place, tmp_path / "out")
    return tmp_path / "out"


def flip(path, position=None):
    """Change one bit, in the middle if nothing is said."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if position is None else position] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@contextmanager
def largest_file(size):
    """Let writing fail beyond that many bytes of a file, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("damage", [flip, cut])
@pytest.mark.parametrize("name", ["trained.safetensors", "optimizer.pt", "trainer_state.json"])
def test_after_a_damaged_checkpoint_the_one_before_is_used(
    place, finished, crashed, caplog, damage, name
):
    before, newest = sorted(crashed.rglob(name))
    assert before.parent.name == "checkpoint-3"
    damage(newest)
    record = tune(place, crashed)
    assert record["resumed_from_step"] == 3
    assert f"{name} is damaged" in caplog.text
    assert written(crashed) == written(finished[0])


class Planted:
    """A pickle of it would make a file where it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["optimizer.pt", "scheduler.pt", "rng_state.pth"])
def test_a_pickle_in_a_checkpoint_is_refused(place, crashed, tmp_path, name):
    """Checksums do not help against somebody who writes new ones."""
    newest = sorted(crashed.rglob(name))[-1]
    torch.save({"state": Planted(tmp_path / "planted")}, newest)
    write_checksums(newest.parent)
    with pytest.raises(UnpicklingError):
        tune(place, crashed)
    assert not (tmp_path / "planted").exists()
    torch.load(newest, weights_only=False)
    assert (tmp_path / "planted").exists()


def test_a_replaced_base_starts_the_run_anew(place, crashed, caplog):
    weights = place / "llava/model.safetensors"
    original = weights.read_bytes()
    tensors = {name: tensor + 0.01 for name, tensor in load_file(weights).items()}
    try:
        save_file(tensors, weights, {"format": "pt"})
        record = tune(place, crashed)
    finally:
        weights.write_bytes(original)
    assert record["resumed_from_step"] is None
    assert "ignoring checkpoints of other settings, data or code" in caplog.text


@pytest.mark.parametrize(
    ("module", "resumed"), [("methods/lora.py", None), ("models/qwen_vl/__init__.py", 4)]
)
def test_an_edit_of_code_counts_if_it_can_change_a_number(
    place, crashed, tmp_path, monkeypatch, module, resumed
):
    scripts = tmp_path / "scripts"
    shutil.copytree(run.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    with (scripts / "mmpeft" / module).open("a") as file:
        file.write("# edited between the kill and the next start\n")
    monkeypatch.setattr(run, "SCRIPTS", scripts)
    assert tune(place, crashed)["resumed_from_step"] == resumed


@pytest.fixture
def disk(tmp_path):
    """(folder, context in which writing to it fails after some bytes).

    The folder is a small file system of its own where one can be mounted; elsewhere the size of
    files is limited, which takes other ways through the libraries.
    """
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield folder, largest_file
        return
    try:
        yield folder, partial(little_space, folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def little_space(folder, size):
    """Leave that many bytes of a file system, rounded to its blocks."""
    filler, disk = folder / "filler", os.statvfs(folder)
    filler.write_bytes(bytes((disk.f_bavail - size // disk.f_bsize) * disk.f_bsize))
    try:
        yield
    finally:
        filler.unlink()


def test_a_full_disk_while_a_checkpoint_is_written(place, finished, disk, monkeypatch):
    out, full = disk[0] / "out", disk[1]
    monkeypatch.setattr(run, "Saving", partial(Saving, every=0))
    with full(20_000), pytest.raises(OSError, match=NO_ROOM):
        tune(place, out)
    assert not (out / "train.json").exists()
    assert not (out / "adapter").exists()
    tune(place, out)
    assert written(out) == written(finished[0])


def test_a_full_disk_while_results_are_written(place, finished, crashed, disk):
    out, full = disk[0] / "out", disk[1]
    shutil.copytree(crashed, out)
    with full(1_000), pytest.raises(OSError, match=NO_ROOM):
        tune(place, out)
    assert not (out / "train.json").exists()
    record = tune(place, out)
    assert record["resumed_from_step"] == 4
    assert written(out) == written(finished[0])


def test_a_folder_that_must_not_be_written_to_is_named(place, tmp_path):
    out, settings = tmp_path / "out", tiny_runs.train_settings(place / "llava", "llava")
    out.mkdir(mode=0o555)
    job = subprocess.run(
        [
            *HELD_TO_PERMISSIONS,
            *(sys.executable, ROOT / "workflow_scripts/train.py", "--out", out),
            *("--settings", json.dumps(settings), "--data", place / "data"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert job.returncode == 1
    assert job.stdout.splitlines()[-1].startswith("PermissionError: ")
    assert str(out) in job.stdout.splitlines()[-1]
    assert not list(out.iterdir())


def test_a_clock_that_jumps_changes_no_number(place, finished, tmp_path, monkeypatch):
    jumps = cycle([0, 1e6, -1e6, 3e7])
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + next(jumps))
    record = tune(place, tmp_path)
    assert written(tmp_path) == written(finished[0])
    assert 0 < record["seconds"] <= record["total_seconds"] < 1000


ORPHAN = """
import sys, time
from pathlib import Path
from mmpeft.files import alone
with alone(Path(sys.argv[1]) / "out/train.lock"):
    print(flush=True)
    sys.stdin.read(1)
    (Path(sys.argv[1]) / "whole").rename(Path(sys.argv[1]) / "out/adapter")
    (Path(sys.argv[1]) / "whole.csv").rename(Path(sys.argv[1]) / "out/loss.csv")
    (Path(sys.argv[1]) / "whole.json").rename(Path(sys.argv[1]) / "out/train.json")
"""


def train_script(place, out, **changes):
    """Train as a rule does."""
    settings = tiny_runs.train_settings(place / "llava", "llava", **changes)
    return subprocess.Popen(
        [
            *(sys.executable, ROOT / "workflow_scripts/train.py", "--out", out),
            *("--settings", json.dumps(settings), "--data", place / "data"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_job_waits_for_an_orphan_and_takes_over_what_that_finishes(place, finished, tmp_path):
    shutil.copytree(finished[0] / "adapter", tmp_path / "whole")
    shutil.copy(finished[0] / "loss.csv", tmp_path / "whole.csv")
    shutil.copy(finished[0] / "train.json", tmp_path / "whole.json")
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN, tmp_path],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as orphan:
        orphan.stdout.readline()
        with train_script(place, tmp_path / "out") as job:
            assert "waiting for another process" in job.stdout.readline()
            orphan.stdin.close()
            said = job.stdout.read()
    assert job.returncode == 0, said
    assert "taking over what another process has finished" in said
    assert json.loads((tmp_path / "out/train.json").read_text()) == finished[1]


def test_a_scoring_waits_for_an_orphan(place, finished, tmp_path):
    scoring = tiny_runs.evaluate_settings(place / "llava", "llava")
    command = [
        *(sys.executable, ROOT / "workflow_scripts/evaluate.py", "--out", tmp_path),
        *("--settings", json.dumps(scoring), "--data", place / "data"),
        *("--adapter", finished[0] / "adapter"),
    ]
    with alone(tmp_path / "evaluate.lock"):
        job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert "waiting for another process" in job.stdout.readline()
        assert [path.name for path in tmp_path.iterdir()] == ["evaluate.lock"]
    said, _ = job.communicate(timeout=180)
    assert job.returncode == 0, said
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "predictions.parquet",
        "scores.json",
    ]


@pytest.fixture
def unseen(finished, tmp_path, monkeypatch):
    """Parts of a training that was finished after Snakemake was killed, as the next one left it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished[0], "runs/a/out")
    for path in parts_of_run(Path("runs/a/out")):
        code = urlsafe_b64encode(str(path).encode()).decode()
        mark = Path(".snakemake/incomplete", f"@{code[:5]}", code[5:])
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    put_aside(Path(".snakemake"))
    assert not any(path.exists() for path in parts_of_run(Path("runs/a/out")))
    return Path("runs/a/out")


def test_what_an_orphan_had_finished_is_taken_over(place, finished, unseen, monkeypatch):
    monkeypatch.setattr(run, "_Run", None)
    assert tune(place, unseen) == finished[1]
    assert written(unseen) == written(finished[0])
    assert sorted(path.name for path in unseen.iterdir()) == ["adapter", "loss.csv", "train.json"]


def test_what_an_orphan_had_finished_with_other_settings_is_not(place, finished, unseen, caplog):
    settings = tiny_runs.train_settings(place / "llava", "llava", learning_rate=2e-2)
    record = fine_tune(settings, place / "data", unseen)
    assert record["settings"]["learning_rate"] == 2e-2
    assert written(unseen) != written(finished[0])
    assert "removing what was finished with other settings" in caplog.text
    assert sorted(path.name for path in unseen.iterdir()) == ["adapter", "loss.csv", "train.json"]


def test_a_training_that_is_not_whole_is_not_put_aside(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished[0] / "adapter", "out/adapter")
    code = urlsafe_b64encode(b"out/adapter").decode()
    Path(".snakemake/incomplete").mkdir(parents=True)
    for name in (code, "migration_underway"):
        Path(".snakemake/incomplete", name).touch()
    put_aside(Path(".snakemake"))
    assert [path.name for path in Path("out").iterdir()] == ["adapter"]


@pytest.mark.parametrize("damage", [flip, cut])
@pytest.mark.parametrize("name", ["adapter_model", "connector"])
def test_a_damaged_adapter_is_not_scored(place, finished, tmp_path, damage, name):
    adapter = tmp_path / "adapter"
    shutil.copytree(finished[0] / "adapter", adapter)
    damage(adapter / f"{name}.safetensors")
    scoring = tiny_runs.evaluate_settings(place / "llava", "llava")
    with pytest.raises(DamagedError, match=rf"{name}\.safetensors is damaged"):
        evaluate(scoring, place / "data", adapter, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "damage", [partial(flip, position=100), cut, lambda path: path.write_bytes(b"")]
)
def test_damaged_rows_are_not_trained_on(place, tmp_path, damage):
    shutil.copytree(place / "data", tmp_path / "data")
    damage(tmp_path / "data/train.parquet")
    settings = tiny_runs.train_settings(place / "llava", "llava")
    with pytest.raises(DamagedError, match=r"train\.parquet is damaged"):
        fine_tune(settings, tmp_path / "data", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_cut_off_base_is_an_error_that_leaves_nothing(place, tmp_path):
    shutil.copytree(place / "llava", tmp_path / "llava")
    cut(tmp_path / "llava/model.safetensors")
    settings = tiny_runs.train_settings(tmp_path / "llava", "llava")
    with pytest.raises(Exception, match=r"(?i)safetensors|header|incomplete|buffer"):
        fine_tune(settings, place / "data", tmp_path / "out")
    assert not (tmp_path / "out").exists()
