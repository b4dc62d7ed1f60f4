import pytest

from mmpeft import claims
from mmpeft.rendering import render
from mmpeft.study import layout
from workflow_tree import ROOT

NAMES = ["table03_data_scale", "figure06_data_gain", "headline", "table07_hallucinated_captions"]


@pytest.fixture(scope="module")
def judged():
    return claims.load(ROOT / layout.CLAIMS)


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_several_processes_write_what_one_does(sweeps, judged, tmp_path):
    render(sweeps, NAMES, judged, tmp_path / "one")
    render(sweeps, NAMES, judged, tmp_path / "three", processes=3)
    files = contents(tmp_path / "one")
    assert contents(tmp_path / "three") == files
    assert {path.stem for path in files} == {*NAMES, "claims"}


def test_what_is_not_declared_is_named_before_anything_is_written(sweeps, judged, tmp_path):
    with pytest.raises(KeyError, match="no such artefact: table98, table99"):
        render(sweeps, [*NAMES, "table99", "table98"], judged, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_error_in_a_process_is_one_here(nothing, judged, tmp_path):
    (tmp_path / "tables").write_text("in the way")
    with pytest.raises(OSError, match="tables"):
        render(nothing, NAMES, judged, tmp_path, processes=2)
