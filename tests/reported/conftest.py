import json

import pytest
import yaml

from mmpeft.collected import gather
from mmpeft.study import load_study
from workflow_tree import ROOT


@pytest.fixture(scope="session")
def study():
    return load_study(yaml.safe_load((ROOT / "studies/reported.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def reported(study, tmp_path_factory):
    """The paper's numbers as a study; no file of a run is there to read."""
    manifest = json.loads(json.dumps(study.manifest()))
    nowhere = tmp_path_factory.mktemp("nowhere")
    return gather(manifest, nowhere, nowhere, ROOT / "reference/paper")
