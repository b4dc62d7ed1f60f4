"""What several test modules share: results of made-up studies, made once."""

import pytest

import paper
import synthetic
import synthetic_evaluations
from mmpeft.collected import Collected


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
