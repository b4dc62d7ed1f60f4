"""What several test modules share: a server, and results of studies that are made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import paper
import synthetic
import synthetic_evaluations
from loopback import Loopback
from mmpeft.collected import Collected
from smoke_study import STUDY, smoke_tree
from workflow_tree import snakemake


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A server on loopback that publishes nothing yet."""
    with Loopback() as running:
        yield running


@pytest.fixture(scope="session")
def sweeps(tmp_path_factory) -> Collected:
    """Every run of `synthetic.sweeps`, scored and evaluated. Do not change it: replace parts."""
    study = synthetic.sweeps()
    folder = synthetic.write_records(tmp_path_factory.mktemp("sweeps"), study)
    for measurement in study.measurements:
        synthetic_evaluations.measure_record(folder, measurement)
    return synthetic.collected(folder, study)


@pytest.fixture(scope="session")
def nothing(tmp_path_factory) -> Collected:
    """The same study before anything has run."""
    return synthetic.collected(tmp_path_factory.mktemp("nothing"), synthetic.sweeps())


@pytest.fixture(scope="session")
def reported() -> Collected:
    """The paper's numbers as a study."""
    return paper.everything()


@pytest.fixture(scope="session")
def finished_smoke(tmp_path_factory) -> tuple[Path, str]:
    """The smoke study, run on this machine: its folder and the log. Do not change its results."""
    tree = smoke_tree(tmp_path_factory.mktemp("smoke"))
    done = snakemake(tree, "--cores", "all", *STUDY, "--verbose")
    assert done.returncode == 0, done.stdout[-4000:]
    return tree, done.stdout
