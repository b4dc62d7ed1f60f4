import json

import pyarrow.parquet as pq
import pytest
import torch
from transformers import GenerationMixin

import tiny_runs
from mmpeft.evaluation import evaluate
from mmpeft.files import DamagedError, write_json
from mmpeft.measures.job import measure_run
from mmpeft.methods.saving import epoch_folder
from mmpeft.training import fine_tune


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a base, data, and a run of three epochs that kept the first two."""
    folder = tmp_path_factory.mktemp("measures")
    tiny_runs.write_base(folder / "base", "llava")
    tiny_runs.write_data(folder / "data")
    settings = tiny_runs.train_settings(
        folder / "base", "llava", epochs=3, kept_epochs=[1, 2], learning_rate=3e-2
    )
    fine_tune(settings, folder / "data", folder / "run")
    return folder


def settings(place, **changes):
    measured = {"measure": "transfer", "epochs": [1, 3], "last_epoch": 3}
    return tiny_runs.evaluate_settings(place / "base", "llava", **measured | changes)


def measure(place, out, run=None, images=None, test=None, **changes):
    test = test or place / "data/test.parquet"
    record = measure_run(settings(place, **changes), test, run or place / "run", images, out)
    assert json.loads((out / "scores.json").read_text()) == record
    return record, pq.read_table(out / "predictions.parquet").to_pylist()


def test_every_epoch_is_scored_with_its_own_adapter(place, tmp_path):
    record, items = measure(place, tmp_path / "out")
    assert [one["epoch"] for one in record["epochs"]] == [1, 3]
    adapter = place / "run/adapter"
    for one, folder in zip(record["epochs"], (epoch_folder(adapter, 1), adapter), strict=True):
        out = tmp_path / str(one["epoch"])
        alone = evaluate(settings(place), place / "data", folder, out)
        assert one["scores"] == alone["scores"]
        assert one["tokens"] == alone["tokens"]
        said = [item["prediction"] for item in items if item["epoch"] == one["epoch"]]
        assert said == pq.read_table(out / "predictions.parquet")["prediction"].to_pylist()
    assert {item["hallucinated"] for item in items} == {None}


def test_the_losses_choose_the_epochs(place, tmp_path):
    record, items = measure(place, tmp_path, epochs={"nearest_to_minimum": 2})
    chosen = [one["epoch"] for one in record["epochs"]]
    assert chosen in ([1, 2], [2, 3])
    assert sorted({item["epoch"] for item in items}) == chosen


def test_chosen_images_are_taken_alone_and_in_their_order(place, tmp_path):
    images = [{"id": "test-5"}, {"id": "test-2"}]
    write_json(tmp_path / "images.json", {"status": "ok", "reason": None, "images": images})
    record, items = measure(place, tmp_path / "out", images=tmp_path / "images.json", epochs=[3])
    assert [item["id"] for item in items] == ["test-5", "test-2"]
    assert record["epochs"][0]["scores"]["option_accuracy"]["n"] == 2


@pytest.mark.parametrize("failed", ["training", "choice of images", "data"])
def test_a_failure_is_passed_on(place, tmp_path, failed):
    status = {"status": "oom", "reason": f"{failed} failed", "failure": {"excerpt": ["said"]}}
    run = images = test = None
    if failed == "training":
        run = tmp_path / "run"
        write_json(run / "adapter/status.json", status)
    elif failed == "choice of images":
        images = tmp_path / "images.json"
        write_json(images, {**status, "images": []})
    else:
        test = tmp_path / "test.parquet"
        write_json(tmp_path / "preparation.json", status)
    record, items = measure(place, tmp_path / "out", run=run, images=images, test=test)
    assert record.items() >= status.items()
    assert (record["epochs"], items) == ([], [])


def test_running_out_of_memory_is_a_result_of_all_epochs(place, tmp_path, monkeypatch):
    calls = []

    def generate(self, *args, **kwargs):
        calls.append(self)
        if len(calls) > 4:  # the first epoch is answered, in four batches
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return whole(self, *args, **kwargs)

    whole = GenerationMixin.generate
    monkeypatch.setattr(GenerationMixin, "generate", generate)
    record, items = measure(place, tmp_path)
    assert record["status"] == "oom"
    assert record["reason"] == "out of memory: 4, 2, 1 rows at a time: CUDA out of memory."
    assert (record["epochs"], items) == ([], [])


def test_a_missing_adapter_of_an_epoch_is_an_error(place, tmp_path):
    with pytest.raises(DamagedError, match="epochs/09"):
        measure(place, tmp_path, epochs=[9])


def test_without_a_measure_the_answers_wait_for_a_judge(place, tmp_path):
    measured, _ = measure(place, tmp_path / "measured")
    given = {name: value for name, value in settings(place).items() if name != "measure"}
    test, out = place / "data/test.parquet", tmp_path / "answers"
    record = measure_run(given, test, place / "run", None, out)
    assert [one["epoch"] for one in record["epochs"]] == [1, 3]
    assert [one["tokens"] for one in record["epochs"]] == [
        one["tokens"] for one in measured["epochs"]
    ]
    assert [one["scores"] for one in record["epochs"]] == [{}, {}]
    said, items = (
        pq.read_table(folder / "predictions.parquet").to_pylist()
        for folder in (tmp_path / "measured", out)
    )
    assert [item["prediction"] for item in items] == [item["prediction"] for item in said]
    assert {(item["score"], item["metric"], item["hallucinated"]) for item in items} == {
        (None, None, None)
    }
