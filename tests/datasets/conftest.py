"""Sources to fetch: a server on loopback, and the scripts as a user runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loopback import Loopback

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"


@pytest.fixture
def server():
    with Loopback() as running:
        yield running


@pytest.fixture
def environment(server, tmp_path):
    """Variables that lead every download to the server; no token, no cache of the user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return kept | {
        "HF_ENDPOINT": server.endpoint,
        "MMPEFT_MIRROR": server.mirror,
        "HF_HOME": str(tmp_path / "hf"),
        "PYTHONPATH": str(SCRIPTS),
    }


@pytest.fixture
def run(environment, tmp_path):
    """Run a script in an empty folder; returns its exit status and what it said."""

    def run(name, *arguments):
        done = subprocess.run(
            [sys.executable, str(SCRIPTS / name), *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    return run


@pytest.fixture
def fetch(run):
    """Fetch a source into results/sources/<name>, with its lock in reference/sources/."""

    def fetch(name):
        lock = f"reference/sources/{name}.json"
        return run("fetch_source.py", "--source", name, "--lock", lock, "--out", f"sources/{name}")

    return fetch


@pytest.fixture
def prepare(run):
    """Prepare a dataset from the fetched sources into datasets/<name>."""

    def prepare(name, sizes, **policy):
        policy = {"broken_images": "stop", "row_counts": "warn", **policy}
        settings = json.dumps({"dataset": name, "sizes": sizes, "policy": policy})
        places = ("--sources", "sources", "--locks", "reference/sources")
        return run(
            "prepare_dataset.py", "--settings", settings, *places, "--out", f"datasets/{name}"
        )

    return prepare
