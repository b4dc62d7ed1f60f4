import pytest
import yaml

from mmpeft.study import load_study
from workflow_tree import ROOT


@pytest.fixture(scope="session")
def study():
    return load_study(yaml.safe_load((ROOT / "studies/reported.yaml").read_text(encoding="utf-8")))
