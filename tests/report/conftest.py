"""The report of a small study with hostile texts, built by Snakemake from made-up results."""

from pathlib import Path

import pytest

import hostile
from mmpeft import collected
from mmpeft.files import write_json
from mmpeft.methods.outline import outline
from mmpeft.study import load_study
from stand_ins import RENDERING, finish
from workflow_tree import ROOT, snakemake


@pytest.fixture(scope="session")
def tree(tmp_path_factory) -> Path:
    """The finished study, its artefacts rendered by the real scripts."""
    config = hostile.study()
    tree = tmp_path_factory.mktemp("report")
    data = hostile.results(config, tmp_path_factory.mktemp("records"))
    collected.write(data, tree / "prepared")
    settings = load_study(config).outline_settings()
    models = [{**one, "base": str(ROOT / one["base"])} for one in settings["models"]]
    outlines = [outline(model, settings["methods"]) for model in models]
    write_json(tree / "prepared/models.json", outlines)
    return finish(tree, config, real=RENDERING)


@pytest.fixture(scope="session")
def report(tree) -> Path:
    """The report of that study."""
    file = tree / "report.html"
    done = snakemake(tree, "--cores", "1", "--report", str(file))
    assert done.returncode == 0, done.stdout
    return file
