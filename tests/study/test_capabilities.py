import pytest

from example_study import example_study
from mmpeft.methods import parse_method
from mmpeft.study import load_study
from mmpeft.study.capabilities import CAPABILITIES


def test_labels_and_tags_tell_methods_apart():
    assert len({item.label for item in CAPABILITIES.values()}) == len(CAPABILITIES)
    assert len({item.size_tag for item in CAPABILITIES.values()}) == len(CAPABILITIES)


@pytest.mark.parametrize("name", CAPABILITIES)
def test_the_method_takes_what_the_study_gives(name):
    study = load_study(example_study())
    run = next(run for run in study.runs if run.method == name)

    assert parse_method(study.train_settings(run)["method"]).name == name
