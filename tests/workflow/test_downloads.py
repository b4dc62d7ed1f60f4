"""Checkpoints by Snakemake, which deletes what a failed job leaves at its outputs."""

import json
import os

import pytest

from loopback import Loopback
from workflow_tree import copy_workflow, snakemake

pytestmark = pytest.mark.study

HUB = "llava-hf/llava-1.5-7b-hf"
CHUNK = 10 * 2**20  # huggingface_hub writes to disk in pieces of this size
CALL = (f"results/downloads/{HUB}", "--cores", "1", "--configfile", "studies/paper.yaml")


def test_an_interrupted_download_goes_on_at_the_next_call(tmp_path, monkeypatch):
    tree = copy_workflow(tmp_path)
    files = {"config.json": b"{}", "model.safetensors": os.urandom(CHUNK + 2**20)}
    with Loopback() as server:
        for name, value in server.environment(tmp_path / "hf").items():
            monkeypatch.setenv(name, value)
        commit = server.publish_model(HUB, files)
        server.cut["model.safetensors"] = CHUNK + 1000
        server.fails["model.safetensors"] = 503
        done = snakemake(tree, *CALL)
        assert done.returncode == 1
        assert f"{CHUNK} bytes are kept, and the next attempt goes on from there" in done.stdout

        server.fails.clear()
        server.log.clear()
        done = snakemake(tree, *CALL)
        assert done.returncode == 0, done.stdout
        assert server.requests("model.safetensors") == [f"bytes={CHUNK}-"]

    folder = tree / "results/downloads" / HUB
    assert {name: (folder / name).read_bytes() for name in files} == files
    lock = json.loads((tree / f"reference/sources/{HUB}.json").read_text())
    assert lock["revision"] == commit
