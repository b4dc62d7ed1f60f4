"""Made-up studies are whole: everything that a real one has, and no contradiction."""

import json

import made_up
import pytest
from studies import shipped, with_seeds

import synthetic
from mmpeft import collected
from mmpeft.samples import records
from mmpeft.study import load_study
from mmpeft.verification import mismatches


@pytest.fixture(scope="module")
def study():
    return load_study(with_seeds(shipped("smoke"), 2))


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made_up")
    made_up.write(study, folder, folder / "datasets")
    return folder


@pytest.fixture(scope="module")
def data(study, folder):
    return collected.gather(
        synthetic.manifest(study), folder, folder / "datasets", synthetic.REPORTED
    )


def test_nothing_is_missing(study, data):
    assert set(data.results["status"]) == {"ok"}
    assert set(data.results.loc[data.results["kind"] == "run", "run"]) == {
        run.id for run in study.runs
    }
    assert set(data.results["kind"]) == {"run", "base", "constant", "evaluation"}
    assert {(row["kind"], row["target"]) for row in records(data.samples)} == {
        ("run", "mini-scienceqa"),
        ("base", "mini-scienceqa"),
        ("base", "mini-flickr30k"),
        ("evaluation", "mini-flickr30k"),
        ("evaluation", "mini-mmhal"),
    }


def test_collected_files_and_records_agree(data, folder):
    assert mismatches(data, folder) == []


def test_methods_differ_and_seeds_do(data):
    scores = data.results[data.results["headline"] & (data.results["kind"] == "run")]
    by_method = scores.groupby("method", observed=True)["value"].mean()
    assert by_method["lora"] > by_method["prefix"]
    one = scores[(scores["method"] == "lora") & (scores["model"] == "mini-llava-7b")]
    assert one[one["experiment"] == "main"]["value"].nunique() == 2


def test_images_are_chosen_by_the_real_rule(study, folder):
    (choice,) = study.image_choices
    evaluation, model, target = choice
    record = json.loads((folder / f"images/{evaluation}/{model}/{target}.json").read_text())
    assert record["status"] == "ok"
    assert 0 < len(record["images"]) <= 8
