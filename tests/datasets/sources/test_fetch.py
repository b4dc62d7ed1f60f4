"""Fetching through real HTTP, by the script that the rule runs."""

import hashlib
import json
import os
import zipfile

import pytest

import official_layouts
from mmpeft.datasets.sources.catalogue import SOURCES
from mmpeft.failures import STATUS_FILE, passed_on

CHUNK = 10 * 2**20  # huggingface_hub writes to disk in pieces of this size


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sources"


@pytest.fixture
def locks(tmp_path):
    return tmp_path / "reference/sources"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def nothing_written(folder, locks):
    """No source in place and no lock; parts may wait for the next attempt."""
    there = [path.name for path in folder.iterdir()] if folder.exists() else []
    return all(name.endswith(".part") for name in there) and not list(locks.glob("*"))


def failed(folder, locks, name, reason):
    """The source holds the reason alone, and nothing was locked."""
    failure = passed_on(folder / name)
    there = [path.name for path in (folder / name).iterdir()]
    return (
        (failure.status, there, [*locks.glob("*")]) == ("no_data", [STATUS_FILE], [])
        and reason in failure.reason
        and "NoDataError" in failure.excerpt[-1]
    )


def large_archive(tmp_path):
    """An archive of more than two chunks."""
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pad.bin", os.urandom(2 * CHUNK + 3 * 2**20))
    return path.read_bytes()


@pytest.mark.parametrize("name", SOURCES)
def test_source_is_fetched_whole_and_locked(server, fetch, folder, locks, name):
    commit = official_layouts.publish(server, name)
    files = official_layouts.LAYOUTS[name]()

    assert fetch(name) == (0, "")

    lock = json.loads((locks / f"{name}.json").read_text())
    assert (lock["source"], lock["revision"]) == (name, commit)
    assert lock["files"]
    for path, record in lock["files"].items():
        assert (folder / name / path).read_bytes() == files[path]
        assert record == {"bytes": len(files[path]), "sha256": sha256(files[path])}
    there = {
        path.relative_to(folder / name).as_posix()
        for path in (folder / name).rglob("*")
        if path.is_file()
    }
    assert there == {*lock["files"], "source.json"}
    assert not [path for path in there if path.endswith((".py", ".md"))]


def test_newer_commit_on_the_hub_changes_nothing_once_locked(server, fetch, folder):
    first = official_layouts.publish(server, "mmhal")
    assert fetch("mmhal")[0] == 0
    question_file = folder / "mmhal/response_template.json"
    content = question_file.read_bytes()
    newer = official_layouts.mmhal() | {"response_template.json": b"[]"}
    assert official_layouts.publish(server, "mmhal", newer) != first

    assert fetch("mmhal")[0] == 0

    assert question_file.read_bytes() == content


def test_commit_that_the_hub_has_no_more(server, fetch, folder, locks):
    commit = official_layouts.publish(server, "mmhal")
    assert fetch("mmhal")[0] == 0
    lock = (locks / "mmhal.json").read_text()
    server.commits.clear()

    status, said = fetch("mmhal")

    assert status == 0
    assert said.startswith("no_data: dataset Shengcao1006/MMHal-Bench ")
    assert f"no longer has the commit {commit} that the lock file names" in said
    assert passed_on(folder / "mmhal").reason == said.removeprefix("no_data: ").rstrip()
    assert (locks / "mmhal.json").read_text() == lock


def test_wrong_checksum_of_a_plain_file(server, fetch, folder, locks):
    official_layouts.publish(server, "iconqa")
    assert fetch("iconqa")[0] == 0
    lock = (locks / "iconqa.json").read_text()
    before = (folder / "iconqa/iconqa_data.zip").read_bytes()
    other = official_layouts.zipped({"iconqa_data/other.txt": b""})
    official_layouts.publish(server, "iconqa", {"iconqa_data.zip": other})

    status, said = fetch("iconqa")

    assert status == 1
    assert f"iconqa_data.zip has sha256 {sha256(other)}" in said
    assert f"the lock file says {sha256(before)}" in said
    assert "delete reference/sources/iconqa.json" in said
    assert (locks / "iconqa.json").read_text() == lock
    assert (folder / "iconqa/iconqa_data.zip").read_bytes() == before
    assert list((folder / "iconqa.part").iterdir()) == []


def test_file_that_is_not_what_the_hub_lists(server, fetch, folder, locks):
    official_layouts.publish(server, "scienceqa")
    name = "data/test-00000-of-00001-0123456789abcdef.parquet"
    listed = official_layouts.scienceqa()[name]
    spoilt = bytes(len(listed))
    server.served_instead[name] = spoilt

    status, said = fetch("scienceqa")

    assert status == 1
    assert f"{name} has sha256 {sha256(spoilt)}, the hub publishes {sha256(listed)}" in said
    assert nothing_written(folder, locks)

    server.served_instead.clear()
    assert fetch("scienceqa")[0] == 0
    assert (folder / "scienceqa" / name).read_bytes() == listed


@pytest.mark.parametrize("source", ["coco", "flickr30k"])
def test_cut_connection_goes_on_where_it_broke(server, fetch, folder, tmp_path, source):
    archive = {"coco": "val2014.zip", "flickr30k": "flickr30k-images.zip"}[source]
    files = official_layouts.LAYOUTS[source]() | {archive: large_archive(tmp_path)}
    official_layouts.publish(server, source, files)
    server.cut[archive] = 2 * CHUNK + 1000

    assert fetch(source)[0] == 0

    assert server.requests(archive) == [None, f"bytes={2 * CHUNK}-"]
    assert (folder / source / archive).read_bytes() == files[archive]


def test_connection_that_is_reset_is_taken_up_again(server, fetch, folder, tmp_path):
    files = official_layouts.coco() | {"val2014.zip": large_archive(tmp_path)}
    official_layouts.publish(server, "coco", files)
    server.resets["val2014.zip"] = CHUNK + 1000

    assert fetch("coco") == (0, "")

    assert server.requests("val2014.zip") == [None, f"bytes={CHUNK}-"]
    assert (folder / "coco/val2014.zip").read_bytes() == files["val2014.zip"]


def test_next_attempt_goes_on_where_the_first_one_gave_up(server, fetch, folder, locks, tmp_path):
    files = official_layouts.coco() | {"val2014.zip": large_archive(tmp_path)}
    official_layouts.publish(server, "coco", files)
    server.cut["val2014.zip"] = CHUNK + 1000
    server.fails["val2014.zip"] = 503

    status, said = fetch("coco")

    assert status == 1
    assert "val2014.zip answered 503" in said
    assert f"{CHUNK} bytes are kept, and the next attempt goes on from there" in said
    assert nothing_written(folder, locks)

    server.fails.clear()
    server.log.clear()
    assert fetch("coco")[0] == 0
    assert server.requests("val2014.zip") == [f"bytes={CHUNK}-"]
    assert server.requests("train2014.zip") == []
    assert (folder / "coco/val2014.zip").read_bytes() == files["val2014.zip"]
    assert not (folder / "coco.part").exists()


def test_file_longer_than_the_hub_lists(server, fetch, folder, locks):
    official_layouts.publish(server, "mmhal")
    size = len(official_layouts.mmhal()["response_template.json"])
    server.served_instead["response_template.json"] = bytes(size + 7)

    status, said = fetch("mmhal")

    assert status == 1
    assert f"response_template.json has {size + 7} bytes, not {size} as listed" in said
    assert nothing_written(folder, locks)
    assert not list(folder.rglob("response_template.json*"))


def test_part_as_long_as_the_file_is_fetched_anew(server, fetch, folder):
    official_layouts.publish(server, "iconqa")
    data = official_layouts.iconqa()["iconqa_data.zip"]
    part = folder / "iconqa.part/iconqa_data.zip.incomplete"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(len(data)))

    assert fetch("iconqa")[0] == 0

    assert (folder / "iconqa/iconqa_data.zip").read_bytes() == data


@pytest.mark.parametrize("answer", [403, 404])
def test_answer_that_another_attempt_would_get_too_is_a_failure(
    server, fetch, folder, locks, answer
):
    official_layouts.publish(server, "vizwiz")
    server.fails["images/val.zip"] = answer

    status, said = fetch("vizwiz")

    assert status == 0
    assert f"vizwiz.cs.colorado.edu/VizWiz_final/images/val.zip answered {answer} " in said
    assert failed(folder, locks, "vizwiz", f"val.zip answered {answer} ")
    assert not list(folder.rglob("*.incomplete"))

    server.fails.clear()
    server.log.clear()
    assert fetch("vizwiz") == (0, "")
    assert passed_on(folder / "vizwiz") is None
    assert (locks / "vizwiz.json").is_file()
    assert server.requests("images/train.zip") == [], "what has come in stays"


@pytest.mark.parametrize(("answer", "expected"), [(403, 0), (503, 1)])
def test_the_lists_of_the_hub_are_no_different(server, fetch, folder, answer, expected):
    official_layouts.publish(server, "mmhal")
    server.fails["/MMHal-Bench"] = answer

    status, said = fetch("mmhal")

    assert status == expected
    assert f"dataset Shengcao1006/MMHal-Bench answered {answer} " in said
    assert (passed_on(folder / "mmhal") is not None) == (expected == 0)


def test_error_page_instead_of_an_archive_is_not_recorded(server, fetch, folder, locks):
    official_layouts.publish(server, "iconqa", {"iconqa_data.zip": b"<!DOCTYPE html> moved"})

    status, said = fetch("iconqa")

    assert status == 1
    assert "iconqa_data.zip is not a readable zip file" in said
    assert "<!DOCTYPE html>" in said
    assert nothing_written(folder, locks)


def test_repository_that_is_not_there(fetch, folder, locks):
    status, said = fetch("ocrvqa")

    assert status == 0
    assert said == (
        "no_data: dataset howard-hou/OCR-VQA is not on the hub, or needs a login (HF_TOKEN)\n"
    )
    assert failed(folder, locks, "ocrvqa", "is not on the hub")


def test_repository_behind_terms(server, fetch, folder, locks):
    official_layouts.publish(server, "ocrvqa")
    server.gated.add(f"datasets/{SOURCES['ocrvqa'].repo}")

    status, said = fetch("ocrvqa")

    assert status == 0
    assert "accepted: do so on its page and set HF_TOKEN" in said
    assert failed(folder, locks, "ocrvqa", "asks for its terms to be accepted")


def test_repository_without_the_file(server, fetch, folder, locks):
    files = official_layouts.flickr30k()
    del files["flickr_annotations_30k.csv"]
    official_layouts.publish(server, "flickr30k", files)

    status, said = fetch("flickr30k")

    assert status == 0
    assert "nlphuji/flickr30k has no file flickr_annotations_30k.csv" in said
    assert failed(folder, locks, "flickr30k", "has no file flickr_annotations_30k.csv")


def test_listed_file_that_leaves_the_folder(server, fetch, tmp_path, folder, locks):
    shard = official_layouts.scienceqa()["data/test-00000-of-00001-0123456789abcdef.parquet"]
    official_layouts.publish(server, "scienceqa", {"data/../../../evil.parquet": shard})

    status, said = fetch("scienceqa")

    assert status == 1
    assert "'data/../../../evil.parquet' would leave the folder of its source" in said
    assert nothing_written(folder, locks)
    assert not list(tmp_path.rglob("evil*"))


def test_lock_file_that_is_none(server, fetch, locks):
    official_layouts.publish(server, "mmhal")
    locks.mkdir(parents=True)
    (locks / "mmhal.json").write_text('{"files": []}')

    status, said = fetch("mmhal")

    assert status == 1
    assert "reference/sources/mmhal.json is not a lock file" in said
