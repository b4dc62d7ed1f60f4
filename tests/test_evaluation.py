import json

import pyarrow.parquet as pq
import pytest
import torch
from transformers import GenerationMixin

import tiny_models
import tiny_runs
from mmpeft.datasets.registry import DATASETS
from mmpeft.evaluation import evaluate
from mmpeft.failures import Failure
from mmpeft.files import write_json
from mmpeft.inference import predict
from mmpeft.training import fine_tune
from tiny_models import FAMILIES

SPEC = DATASETS[tiny_runs.DATASET]


@pytest.fixture(scope="module", params=tiny_models.FAMILY_NAMES)
def place(request, tmp_path_factory):
    """(folder with base, data and one fine-tuned run, family name)."""
    folder, family = tmp_path_factory.mktemp("evaluation"), request.param
    tiny_runs.write_base(folder / "base", family)
    tiny_runs.write_data(folder / "data")
    settings = tiny_runs.train_settings(folder / "base", family, "adapter", learning_rate=3e-2)
    fine_tune(settings, folder / "data", folder / "run")
    return folder, family


def scored(place, adapter, out, **changes):
    folder, family = place
    settings = tiny_runs.evaluate_settings(folder / "base", family, **changes)
    record = evaluate(settings, folder / "data", adapter, out)
    return record, pq.read_table(out / "predictions.parquet").to_pylist()


def test_scores_the_base_as_it_is(place, tmp_path):
    record, predictions = scored(place, None, tmp_path)
    family, rows = place[1], tiny_runs.rows("test")
    expected = predict(
        tiny_models.model(family), tiny_models.processor(family), FAMILIES[family], rows, SPEC, 5
    )
    assert [item["prediction"] for item in predictions] == expected.texts
    assert record["tokens"] == {
        "input": expected.input_tokens,
        "generated": expected.generated_tokens,
    }
    assert json.loads((tmp_path / "scores.json").read_text()) == record
    assert (record["status"], record["reason"]) == ("ok", None)


def test_an_adapter_changes_the_answers_and_the_batch_size_does_not(place, tmp_path):
    base = scored(place, None, tmp_path / "base")[1]
    tuned = place[0] / "run" / "adapter"
    one = scored(place, tuned, tmp_path / "one", batch_size=1)
    many = scored(place, tuned, tmp_path / "many", batch_size=64)
    assert one[1] == many[1]
    assert one[0]["scores"] == many[0]["scores"]
    assert one[1] != base


def test_predictions_hold_one_row_per_question_in_order(place, tmp_path):
    record, predictions = scored(place, None, tmp_path)
    rows = tiny_runs.rows("test")
    assert [item["id"] for item in predictions] == [row["id"] for row in rows]
    for item, row in zip(predictions, rows, strict=True):
        assert item["prompt"] == SPEC.prompt(row)
        assert item["answers"] == row["answers"]
        assert item["has_image"] == (row["image"] is not None)
        assert item["score"] in (0.0, 100.0)
        assert (item["dataset"], item["metric"]) == (SPEC.name, SPEC.metric)
    mean = sum(item["score"] for item in predictions) / len(rows)
    assert record["scores"]["option_accuracy_all"]["value"] == pytest.approx(mean)


@pytest.fixture
def memory(monkeypatch):
    """Lets a batch of more than so many rows run out of memory."""

    def little(rows):
        def generate(self, *args, **kwargs):
            if len(kwargs["input_ids"]) > rows:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
            return whole(self, *args, **kwargs)

        monkeypatch.setattr(GenerationMixin, "generate", generate)

    whole = GenerationMixin.generate
    return little


@pytest.mark.parametrize(("room", "tried"), [(4, [4]), (2, [4, 2]), (1, [4, 2, 1])])
def test_running_out_of_memory_halves_the_batch_and_keeps_the_answers(
    place, tmp_path, memory, room, tried
):
    plain, expected = scored(place, None, tmp_path / "plain")
    assert plain["batch_sizes"] == [4]
    memory(room)
    record, predictions = scored(place, None, tmp_path / "out")
    assert (record["status"], record["batch_sizes"]) == ("ok", tried)
    assert predictions == expected
    assert (record["scores"], record["tokens"]) == (plain["scores"], plain["tokens"])


def test_running_out_of_memory_with_small_batches_too_is_a_result(place, tmp_path, memory):
    memory(1)
    record, predictions = scored(place, None, tmp_path, batch_size=8)
    assert (record["status"], record["scores"], predictions) == ("oom", {}, [])
    assert record["reason"] == (
        "out of memory: 8, 4, 2 rows at a time: CUDA out of memory. Tried to allocate 2 GiB."
    )
    assert record["failure"]["excerpt"]
    assert json.loads((tmp_path / "scores.json").read_text()) == record


def test_any_other_error_while_answering_is_an_error(place, tmp_path, monkeypatch):
    def generate(self, *args, **kwargs):
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(GenerationMixin, "generate", generate)
    with pytest.raises(RuntimeError, match="shapes do not match"):
        scored(place, None, tmp_path)
    assert not (tmp_path / "scores.json").exists()


@pytest.mark.parametrize("failed", ["base", "training", "data"])
def test_a_failure_of_what_it_builds_upon_is_passed_on(place, tmp_path, failed):
    failure = Failure(
        status="diverged", reason=f"{failed}: nan", details={"step": 3}, excerpt=("said",)
    )
    base, adapter, data = place[0] / "base", None, place[0] / "data"
    if failed == "base":
        base = tmp_path / "base"
        failure.fill(base)
    elif failed == "training":
        adapter = tmp_path / "adapter"
        failure.fill(adapter)
    else:
        data = tmp_path / "data"
        write_json(data / "preparation.json", {"settings": {}, **failure.record()})
    settings = tiny_runs.evaluate_settings(base, place[1])
    record = evaluate(settings, data, adapter, tmp_path / "out")
    assert {key: record[key] for key in failure.record()} == failure.record()
    assert record["scores"] == {}
    assert record["tokens"] is None
    assert pq.read_table(tmp_path / "out/predictions.parquet").num_rows == 0
