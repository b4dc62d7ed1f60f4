"""The smallest study on the real bases, in a copy of the workflow."""

import shutil
from pathlib import Path

from workflow_tree import ROOT, copy_workflow

STUDY = ("--configfile", "studies/smoke.yaml")


def smoke_tree(folder: Path) -> Path:
    """Everything that `STUDY` needs to run, below `folder`."""
    tree = copy_workflow(folder)
    shutil.copytree(ROOT / "reference/bases", tree / "reference/bases", dirs_exist_ok=True)
    return tree
