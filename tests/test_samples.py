import io

import pytest
from PIL import Image

import synthetic_evaluations
from mmpeft import samples as samples_of
from mmpeft.datasets.schema import decode_image, read_rows, write_rows
from mmpeft.samples import MAX_SIDE, SAMPLES, chosen_ids


@pytest.fixture
def study():
    return synthetic_evaluations.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic_evaluations.write_records(tmp_path / "results", study)


@pytest.fixture
def collect(tmp_path, study, folder):
    """Returns the samples of the study as a list of rows, and their images."""
    datasets = synthetic_evaluations.write_datasets(tmp_path / "datasets", study)
    files = tmp_path / "samples.parquet", tmp_path / "sample_images.parquet"

    def run():
        samples_of.write(samples_of.collect(study.manifest(), folder, datasets), *files)
        found = samples_of.read(*files)
        return found.answers.to_dict("records"), found.images

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
    base = [one for one in samples if one["kind"] == "base" and one["evaluation"] == "captions"]
    assert [one["id"] for one in base] == ["test-000003", "test-000001"]
    assert [one["prediction"] for one in base] == ["said 3", "said 1"]
    assert {one["model"] for one in base} == {"mini-llava-7b"}
    assert all(one["hallucinated"] == [] for one in base)


def test_the_base_answers_the_questions_of_the_examples_once(collect):
    samples, _ = collect()
    asked = [one["id"] for one in samples if one["kind"] == "run"][:3]
    base = [one for one in samples if one["kind"] == "base" and one["examples"] == "answers"]
    assert [one["id"] for one in base] == asked
    assert {(one["model"], one["target"]) for one in base} == {("mini-qwen-vl", "mini-okvqa")}


def test_each_image_stands_once_and_every_sample_has_its_own(collect):
    samples, images = collect()
    assert set(images) == {one["image"] for one in samples}
    assert {one["image"] for one in samples} == {f"{one['target']}/{one['id']}" for one in samples}
    assert all(decode_image(data).size == (48, 48) for data in images.values())


def test_large_images_are_made_smaller(collect, tmp_path, study):
    test = tmp_path / "datasets" / study.manifest()["test_files"]["mini-okvqa"]
    rows = read_rows(test)
    large = io.BytesIO()
    Image.new("RGB", (4 * MAX_SIDE, 2 * MAX_SIDE), "red").save(large, "PNG")
    write_rows([{**row, "image": row["image"] and large.getvalue()} for row in rows], test)
    _, images = collect()
    sizes = {decode_image(data).size for key, data in images.items() if "mini-okvqa" in key}
    assert sizes == {(MAX_SIDE, MAX_SIDE // 2)}


def test_what_failed_or_is_not_there_has_no_samples(collect, folder, study):
    captions = study.measurements[4]
    synthetic_evaluations.fail(folder, captions, "no clean caption")
    run = next(run for run in study.runs if run.model == "mini-qwen-vl")
    (folder / "runs" / run.id / "predictions.parquet").unlink()
    samples, _ = collect()
    said = [one for one in samples if one["evaluation"] == "captions" and one["kind"] != "base"]
    assert {one["method_label"] for one in said} == {"Prefix"}
    assert run.id not in {one["run"] for one in samples}


def test_test_sets_that_are_not_there_have_no_images(folder, study, tmp_path):
    found = samples_of.collect(study.manifest(), folder, tmp_path / "nowhere")
    assert len(found.answers) > 0
    assert found.images == {}


def test_an_empty_study_has_empty_files(tmp_path):
    grid = {"examples": [], "evaluations": [], "images": [], "test_files": {}}
    files = tmp_path / "samples.parquet", tmp_path / "sample_images.parquet"
    samples_of.write(samples_of.collect(grid, tmp_path, tmp_path), *files)
    found = samples_of.read(*files)
    assert list(found.answers.columns) == SAMPLES.names
    assert len(found.answers) == len(found.images) == 0


def test_ids_are_chosen_by_the_seed_alone():
    ids = [f"test-{index}" for index in range(20)]
    assert chosen_ids(ids, 3, 1) == chosen_ids(reversed(ids), 3, 1)
    assert chosen_ids(ids, 3, 1) != chosen_ids(ids, 3, 2)
    assert sorted(chosen_ids(ids[:2], 3, 1)) == ids[:2]
