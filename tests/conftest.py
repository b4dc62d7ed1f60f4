"""What several test modules share: results of made-up studies, made once."""

import pytest

import synthetic
from mmpeft.collected import Collected


@pytest.fixture(scope="session")
def sweeps(tmp_path_factory) -> Collected:
    """Every run of `synthetic.sweeps`, scored. Do not change it: see `changed`."""
    study = synthetic.sweeps()
    folder = synthetic.write_records(tmp_path_factory.mktemp("sweeps"), study)
    return synthetic.collected(folder, study)


@pytest.fixture(scope="session")
def nothing(tmp_path_factory) -> Collected:
    """The same study before anything has run."""
    return synthetic.collected(tmp_path_factory.mktemp("nothing"), synthetic.sweeps())
