import json

import pytest

from mmpeft.files import write_json, write_text


def test_writes_text_and_makes_folders(tmp_path):
    write_text(tmp_path / "a" / "b.txt", "ü\n")
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "ü\n"


def test_leaves_nothing_beside_the_file(tmp_path):
    write_json(tmp_path / "a.json", {"x": [1, None]})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": [1, None]}


def test_a_failed_write_keeps_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", float("nan"))
    assert (tmp_path / "a.json").read_text() == "1\n"
