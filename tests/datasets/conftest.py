"""Sources to fetch, by the scripts as a user runs them."""

import json
from functools import partial

import pytest


@pytest.fixture
def run(server, tmp_path):
    """Run a script in an empty folder; returns its exit status and what it said."""
    return partial(server.run, tmp_path)


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
