import pyarrow.parquet as pq
import pytest

import synthetic_evaluations
from mmpeft.datasets.schema import decode_image
from mmpeft.samples import SAMPLES, chosen_ids, collect_samples


@pytest.fixture
def study():
    return synthetic_evaluations.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic_evaluations.write_records(tmp_path / "results", study)


@pytest.fixture
def collect(tmp_path, study, folder):
    """Returns the samples and images of the study as lists of rows."""
    datasets = synthetic_evaluations.write_datasets(tmp_path / "datasets", study)
    files = tmp_path / "samples.parquet", tmp_path / "sample_images.parquet"

    def run():
        number = collect_samples(study.manifest(), folder, datasets, *files)
        samples, images = (pq.read_table(file).to_pylist() for file in files)
        assert len(samples) == number
        return samples, images

    return run


def test_examples_are_the_same_questions_for_every_run(collect):
    samples, _ = collect()
    examples = [one for one in samples if one["kind"] == "run"]
    by_run = {}
    for one in examples:
        by_run.setdefault(one["run"], []).append(one["id"])
    assert len(by_run) == 2
    assert len({tuple(ids) for ids in by_run.values()}) == 1
    assert all(len(set(ids)) == 3 for ids in by_run.values())
    assert "test-000002" not in {one["id"] for one in examples}, "it has no image"
    assert {(one["examples"], one["connector"]) for one in examples} == {
        ("answers", "tuned"),
        ("answers", "frozen"),
    }
    assert {(one["dataset"], one["target"], one["epoch"]) for one in examples} == {
        ("mini-okvqa", "mini-okvqa", 3)
    }


def test_all_judged_answers_are_there_and_no_others(collect, study):
    samples, _ = collect()
    judged = [one for one in samples if one["kind"] == "evaluation"]
    assert {one["evaluation"] for one in judged} == {"captions", "mmhal"}
    assert len(judged) == (2 * 2 + 1) * synthetic_evaluations.N_ITEMS
    captions = [one for one in judged if one["evaluation"] == "captions"]
    assert {one["epoch"] for one in captions} == {2, 4}
    assert {one["method_label"] for one in captions} == {"LoRA", "Prefix"}
    assert {(one["dataset"], one["target_label"]) for one in captions} == {
        ("mini-okvqa", "Flickr30k")
    }
    assert {tuple(one["hallucinated"]) for one in captions if one["id"] == "test-000000"} == {
        ("a heart",)
    }


def test_the_base_captions_the_chosen_images(collect):
    samples, _ = collect()
    base = [one for one in samples if one["kind"] == "base"]
    assert [one["id"] for one in base] == ["test-000003", "test-000001"]
    assert [one["prediction"] for one in base] == ["said 3", "said 1"]
    assert {(one["run"], one["method_label"], one["model"]) for one in base} == {
        (None, None, "mini-llava-7b")
    }


def test_each_image_stands_once_and_every_sample_has_its_own(collect):
    samples, images = collect()
    keys = [image["image"] for image in images]
    assert len(keys) == len(set(keys))
    assert set(keys) == {one["image"] for one in samples}
    assert {one["image"] for one in samples} == {f"{one['target']}/{one['id']}" for one in samples}
    assert all(decode_image(image["bytes"]).size == (48, 48) for image in images)


def test_what_failed_or_is_not_there_has_no_samples(collect, folder, study):
    captions = study.measurements[4]
    synthetic_evaluations.fail(folder, captions, "no clean caption")
    run = next(run for run in study.runs if run.model == "mini-qwen-vl")
    (folder / "runs" / run.id / "predictions.parquet").unlink()
    samples, _ = collect()
    methods = {one["method_label"] for one in samples if one["evaluation"] == "captions"}
    assert methods == {"Prefix", None}
    assert run.id not in {one["run"] for one in samples}


def test_an_empty_study_has_empty_files(tmp_path):
    grid = {"examples": [], "evaluations": [], "images": [], "test_files": {}}
    files = tmp_path / "samples.parquet", tmp_path / "sample_images.parquet"
    assert collect_samples(grid, tmp_path, tmp_path, *files) == 0
    assert pq.read_schema(files[0]).names == SAMPLES.names


def test_ids_are_chosen_by_the_seed_alone():
    ids = [f"test-{index}" for index in range(20)]
    assert chosen_ids(ids, 3, 1) == chosen_ids(reversed(ids), 3, 1)
    assert chosen_ids(ids, 3, 1) != chosen_ids(ids, 3, 2)
    assert sorted(chosen_ids(ids[:2], 3, 1)) == ids[:2]
