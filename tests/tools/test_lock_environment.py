import runpy
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "workflow_scripts/tools/lock_environment.py"


@pytest.fixture(scope="module")
def tool():
    return runpy.run_path(str(TOOL))


def test_pins_follow_requirements_and_extras(tool):
    pins = tool["pins"](["snakemake[reports]>=9"])
    assert pins["snakemake"] == version("snakemake")
    assert "pygments" in pins, "needed by the extra"
    assert "jinja2" in pins, "needed by snakemake itself"
    assert "torch" not in pins
    assert list(pins) == sorted(pins)


def test_names_are_normalised_and_builds_left_out(tool):
    assert tool["normalised"]("Py_YAML.x") == "py-yaml-x"
    assert "+" not in tool["pins"](["torch"])["torch"]


def test_an_unfit_version_is_refused(tool):
    with pytest.raises(ValueError, match="snakemake<2 is required"):
        tool["pins"](["snakemake<2"])


def test_a_package_that_is_not_installed_is_refused(tool):
    with pytest.raises(PackageNotFoundError):
        tool["pins"](["no-such-package-here"])


def test_both_files_list_the_same_pins(tool):
    found = {"a": "1", "b-c": "2.0"}
    assert tool["lock_text"](found).splitlines()[1:] == ["a==1", "b-c==2.0"]
    assert tool["conda_text"](found).splitlines()[-2:] == ["      - a==1", "      - b-c==2.0"]
