"""Everything that figures can show, made once."""

from dataclasses import replace

import pytest

import pictures
from mmpeft.collected import Collected
from mmpeft.methods.outline import outline
from workflow_tree import ROOT


@pytest.fixture(scope="session")
def gallery(tmp_path_factory) -> Collected:
    """Answers and captions of the complete mini study. Do not change it: see `replace`."""
    return pictures.collected(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="session")
def outlines() -> list[dict]:
    """The mini models of that study, as their modules are."""
    settings = pictures.study().outline_settings()
    models = [{**one, "base": str(ROOT / one["base"])} for one in settings["models"]]
    return [outline(model, settings["methods"]) for model in models]


@pytest.fixture(scope="session")
def complete(sweeps, gallery, outlines) -> Collected:
    """The runs of `sweeps`, with all that pictures show."""
    shown = {key: gallery.study[key] for key in ("examples", "evaluations", "images")}
    set_up = sweeps.study["set_up"] | {
        key: gallery.study["set_up"][key] for key in ("models", "datasets", "methods")
    }
    study = {**sweeps.study, **shown, "set_up": set_up, "examples_seed": 42}
    return replace(sweeps, study=study, samples=gallery.samples, models=outlines)
