import json
import subprocess

import pytest
import torch

from mmpeft import provenance as subject
from mmpeft.provenance import fingerprint, git_state, peak_memory_bytes, provenance


def test_describes_the_process_in_plain_json():
    record = provenance()
    assert json.loads(json.dumps(record)) == record
    assert set(record["versions"]) == set(subject.PACKAGES)
    assert record["hardware"]["threads"] >= 1
    assert 2**20 < peak_memory_bytes() < record["hardware"]["memory_bytes"]


def test_optional_packages_count_where_they_are_installed(monkeypatch):
    monkeypatch.setattr(subject, "OPTIONAL_PACKAGES", ("pytest", "no-such-package"))
    assert set(subject.versions()) == {*subject.PACKAGES, "pytest"}


def test_tells_which_gpus_a_job_was_given_and_which_it_can_use(monkeypatch):
    before = subject.hardware()["gpus"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-aa11,3")
    described = subject.hardware()
    assert described["visible_devices"] == "GPU-aa11,3"
    assert len(before) == len(described["gpus"]) == torch.cuda.device_count()
    assert all(set(gpu) == {"id", "uuid", "name"} for gpu in before)


@pytest.fixture
def checkout(tmp_path):
    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    git("init")
    (tmp_path / "a.py").write_text("1\n")
    git("add", "a.py")
    git("commit", "-m", "a")
    return tmp_path


def test_tells_a_clean_checkout_from_a_changed_one(checkout):
    clean = git_state(checkout)
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (checkout / "a.py").write_text("2\n")
    assert git_state(checkout) == {**clean, "dirty": True}


def test_knows_no_commit_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert git_state(tmp_path) == {"commit": None, "dirty": None}


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text("{}")
    (tmp_path / "train.parquet").write_bytes(b"rows")
    return [tmp_path / "train.parquet", tmp_path / "base"]


def test_a_fingerprint_is_the_same_for_the_same_job(inputs):
    same = [{"a": 1, "b": 2}, {"b": 2, "a": 1}]
    assert len({fingerprint(settings, inputs, "code") for settings in same}) == 1


def test_a_fingerprint_changes_with_settings_data_base_versions_and_code(inputs, monkeypatch):
    seen = [fingerprint({"rank": 8, "alpha": 16}, inputs, "code")]
    seen.append(fingerprint({"rank": 16, "alpha": 8}, inputs, "code"))
    inputs[0].write_bytes(b"other rows")
    seen.append(fingerprint({"rank": 16, "alpha": 8}, inputs, "code"))
    (inputs[1] / "config.json").write_text('{"layers": 2}')
    seen.append(fingerprint({"rank": 16, "alpha": 8}, inputs, "code"))
    monkeypatch.setattr(subject, "version", lambda name: "0")
    seen.append(fingerprint({"rank": 16, "alpha": 8}, inputs, "code"))
    seen.append(fingerprint({"rank": 16, "alpha": 8}, inputs, "other code"))
    assert len(set(seen)) == len(seen)


def test_a_very_large_file_counts_by_size_and_time(inputs, monkeypatch):
    monkeypatch.setattr(subject, "HASHED_WHOLE_BYTES", 3)
    before = fingerprint({}, inputs, "code")
    inputs[0].write_bytes(b"more rows")
    assert fingerprint({}, inputs, "code") != before
