"""Checkpoints from the hub: which files, and fetched over HTTP by the script that the rule runs."""

import hashlib
import json
import os

import pytest

from mmpeft.datasets.sources.source import SourceError
from mmpeft.models.hub import Checkpoint

CHUNK = 10 * 2**20  # huggingface_hub writes to disk in pieces of this size
HUB = "owner/some-model"
LOCK, FOLDER = f"reference/sources/{HUB}.json", f"downloads/{HUB}"
SETTINGS = ["config.json", "tokenizer.model", "qwen.tiktoken", "merges.txt", "chat_template.jinja"]
SAFE = ["model-00001-of-00001.safetensors"]


def chosen(*files):
    return Checkpoint(HUB).chosen(files)


def test_pickled_weights_only_where_there_are_no_others():
    pickled = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
    assert chosen(*SETTINGS, *pickled) == [*SETTINGS, *pickled]
    assert chosen(*SETTINGS, *pickled, *SAFE) == [*SETTINGS, *SAFE]


def test_no_code_no_other_frameworks_nothing_further_down():
    others = [
        "README.md",
        "modeling_qwen.py",
        "tf_model.h5",
        "training_args.bin",
        "optimizer.bin",
        "onnx/config.json",
    ]
    assert chosen(*others, "config.json", *SAFE) == ["config.json", *SAFE]


def test_a_repository_without_weights_is_none_of_a_model():
    with pytest.raises(SourceError, match=f"model {HUB} has neither"):
        chosen(*SETTINGS, "onnx/model.safetensors")


@pytest.fixture
def download(server, tmp_path):
    def download():
        place = ("--hub", HUB, "--lock", LOCK, "--out", FOLDER)
        return server.run(tmp_path, "download_checkpoint.py", *place)

    return download


def checkpoint(weights=b"weights"):
    return {"config.json": b"{}", SAFE[0]: weights, "modeling.py": b"raise SystemExit"}


def test_a_checkpoint_is_fetched_and_locked(server, download, tmp_path):
    commit = server.publish_model(HUB, checkpoint())

    assert download() == (0, "")

    lock = json.loads((tmp_path / LOCK).read_text())
    assert (lock["source"], lock["revision"]) == (HUB, commit)
    assert lock["files"] == {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in checkpoint().items()
        if name != "modeling.py"
    }
    there = {path.name for path in (tmp_path / FOLDER).iterdir()}
    assert there == {*lock["files"], "source.json"}


def test_a_newer_commit_changes_nothing_once_locked(server, download, tmp_path):
    server.publish_model(HUB, checkpoint())
    assert download()[0] == 0
    lock = (tmp_path / LOCK).read_text()
    server.publish_model(HUB, checkpoint(b"newer weights"))

    assert download()[0] == 0

    assert (tmp_path / FOLDER / SAFE[0]).read_bytes() == b"weights"
    assert (tmp_path / LOCK).read_text() == lock


def test_files_that_are_not_those_of_the_lock_are_refused(server, download, tmp_path):
    server.publish_model(HUB, checkpoint())
    assert download()[0] == 0
    server.served_instead["config.json"] = b"[]"

    status, said = download()

    assert status == 1
    assert "config.json has sha256" in said
    assert f"delete {LOCK}" in said
    assert (tmp_path / FOLDER / "config.json").read_bytes() == b"{}"


def test_a_second_start_asks_for_the_rest_alone(server, download, tmp_path):
    weights = os.urandom(CHUNK + 2**20)
    server.publish_model(HUB, checkpoint(weights))
    server.cut[SAFE[0]] = CHUNK + 1000
    server.fails[SAFE[0]] = 503

    status, said = download()

    assert status == 1
    assert f"{CHUNK} bytes are kept, and the next attempt goes on from there" in said
    assert not (tmp_path / FOLDER).exists()
    assert not (tmp_path / LOCK).exists()

    server.fails.clear()
    server.log.clear()
    assert download() == (0, "")
    assert server.requests(SAFE[0]) == [f"bytes={CHUNK}-"]
    assert server.requests("/config.json") == []
    assert (tmp_path / FOLDER / SAFE[0]).read_bytes() == weights
    assert not (tmp_path / f"{FOLDER}.part").exists()


def test_files_of_an_older_commit_are_not_taken_for_those_of_the_newest(server, download, tmp_path):
    server.publish_model(HUB, checkpoint())
    server.fails[SAFE[0]] = 503
    assert download()[0] == 1
    newest = server.publish_model(HUB, checkpoint() | {"config.json": b"[]"})
    server.fails.clear()

    status, said = download()

    assert status == 1
    assert "config.json is blob" in said
    assert not (tmp_path / LOCK).exists()

    assert download() == (0, "")
    assert json.loads((tmp_path / LOCK).read_text())["revision"] == newest
    assert (tmp_path / FOLDER / "config.json").read_bytes() == b"[]"


def test_a_model_that_is_not_there(server, download):
    server.publish_dataset(HUB, checkpoint())

    assert download() == (1, f"error: model {HUB} is not on the hub, or needs a login (HF_TOKEN)\n")
