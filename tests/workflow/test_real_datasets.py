"""All real datasets of the complete study by Snakemake: fetched over HTTP, verified, prepared."""

import json
import shutil

import pytest
import yaml

import official_layouts
from loopback import Loopback
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import decode_image, read_rows
from mmpeft.study import layout, load_study
from workflow_tree import ROOT, copy_workflow, planned, snakemake

pytestmark = pytest.mark.study

SIZES = {"train": 6, "validation": 2, "test": 4}
STUDY = ("--configfile", "tiny.yaml")


@pytest.fixture(scope="module")
def server():
    with Loopback() as running:
        for name in official_layouts.LAYOUTS:
            official_layouts.publish(running, name)
        yield running


@pytest.fixture(scope="module")
def tree(tmp_path_factory, server):
    """The workflow with `studies/paper.yaml`, cut down to a few rows that all runs train on."""
    tree = copy_workflow(tmp_path_factory.mktemp("real"))
    study = yaml.safe_load((ROOT / "studies/paper.yaml").read_text(encoding="utf-8"))
    study["name"] = "tiny"
    study["datasets"] = dict.fromkeys(study["datasets"], SIZES)
    study["preparation"] = {"broken_images": "stop", "row_counts": "warn"}
    study["experiments"] = {"main": study["experiments"]["main"]}
    study["datasets"]["mmhal"] = {"test": 6}
    study["evaluations"] = {"mmhal": study["evaluations"]["mmhal"]}
    study["examples"] = {}
    (tree / "tiny.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", server.endpoint)
        patch.setenv("MMPEFT_MIRROR", server.mirror)
        patch.setenv("HF_HOME", str(tree / "hf"))
        yield tree


@pytest.fixture(scope="module")
def study(tree):
    return load_study(yaml.safe_load((tree / "tiny.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def prepared(tree):
    done = snakemake(tree, "datasets", "--cores", "2", *STUDY)
    assert done.returncode == 0, done.stdout[-4000:]
    return tree


def rows_of(tree, study, name, split):
    return read_rows(tree / layout.split_file(study, name, split))


def test_every_dataset_is_there_and_fit_to_train_on(prepared, study):
    assert len(study.datasets) == 8
    assert study.targets == ("mmhal",)
    assert len(rows_of(prepared, study, "mmhal", "test")) == 6
    for name in study.datasets:
        spec = DATASETS[name]
        for split, size in SIZES.items():
            rows = rows_of(prepared, study, name, split)
            assert len(rows) == size
            for row in rows:
                assert spec.prompt(row)
                assert spec.target(row)
                assert row["image"] is None or decode_image(row["image"]).size == (24, 16)


def test_records_name_the_locked_sources(prepared, study):
    for name in (*study.datasets, *study.targets):
        folder = (prepared / layout.split_file(study, name, "test")).parent
        record = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        assert set(record["sources"]) == set(DATASETS[name].sources)
        for source, lock in record["sources"].items():
            written = (prepared / layout.LOCKS / f"{source}.json").read_text(encoding="utf-8")
            assert json.loads(written) == lock
        assert record["warnings"]


def test_nothing_is_left_to_do(prepared):
    assert planned(prepared, "datasets", *STUDY) == {}


def test_nothing_is_fetched_twice(prepared, server):
    fetched = [path for path, _ in server.log if "/resolve/" in path or "/mirror/" in path]

    assert len(fetched) == len(set(fetched)) > 20


def test_source_that_has_changed_upstream_stops_what_is_made_from_it(prepared, server):
    other = official_layouts.zipped({"iconqa_data/other.txt": b""})
    official_layouts.publish(server, "iconqa", {"iconqa_data.zip": other})
    lock = (prepared / "reference/sources/iconqa.json").read_text()
    shutil.rmtree(prepared / "results/sources/iconqa")
    shutil.rmtree(prepared / "results/datasets/iconqa-txt")

    done = snakemake(prepared, "datasets", "--cores", "2", *STUDY)

    assert done.returncode == 1
    log = (prepared / "results/sources/logs/iconqa.log").read_text()
    assert "error: source iconqa is not as it should be:\n  iconqa_data.zip has sha256" in log
    assert (prepared / "reference/sources/iconqa.json").read_text() == lock
    assert not (prepared / "results/sources/iconqa").exists()
    assert not list((prepared / "results/datasets").glob("iconqa-txt/*/*.parquet"))
    assert list((prepared / "results/datasets").glob("iconqa-blank/*/test.parquet"))
