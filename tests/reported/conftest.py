import pytest
import yaml

import paper
from mmpeft.study import load_study
from workflow_tree import ROOT


@pytest.fixture(scope="session")
def study():
    return load_study(yaml.safe_load((ROOT / "studies/reported.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def reported():
    """The paper's numbers as a study."""
    return paper.everything()
