import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from safetensors.torch import load_file

from mmpeft import places
from mmpeft.exports import method_comparison

SCHEMA = json.loads(Path(__file__).with_name("method_comparison.schema.json").read_text())
RUN, FAILED = "lora--tiny--toy--lora--a--b--c--d", "lora--tiny--toy--lora--a--b--too-fast--d"
RUN_ID = "tiny/toy/lora/a/b/c/d"


@pytest.fixture(scope="module")
def results(exported):
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (exported / "method_comparison").iterdir()
    }


@pytest.fixture(scope="module")
def train(folder):
    return json.loads((folder / places.run(RUN_ID) / "train.json").read_text())


def test_one_file_a_run_that_fits_the_schema(results):
    assert set(results) == {RUN, FAILED}
    for result in results.values():
        jsonschema.validate(result, SCHEMA)


def test_the_schema_refuses_what_their_loader_could_not_read(results):
    spoilt = json.loads(json.dumps(results[RUN]))
    del spoilt["train_info"]["metrics"][-1]["test accuracy"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, SCHEMA)


def test_numbers_are_those_of_the_records(results, train, folder):
    info = results[RUN]["train_info"]
    assert info["status"] == "success"
    assert info["train_time"] == train["seconds"]
    assert info["num_trainable_params"] == train["parameters"]["trainable"]
    weights = folder / places.run(RUN_ID) / "adapter/adapter_model.safetensors"
    assert (
        info["file_size"]
        == weights.stat().st_size
        > 4 * sum(tensor.numel() for tensor in load_file(weights).values())
    )
    scored = json.loads((folder / places.run(RUN_ID) / "scores.json").read_text())["scores"]
    *epochs, test = info["metrics"]
    assert test["test accuracy"] == scored["option_accuracy"]["value"] / 100
    assert test["test option_accuracy_all"] == scored["option_accuracy_all"]["value"]
    assert test["train total tokens"] == sum(train["tokens"].values())
    assert [(one["step"], one["train samples"]) for one in epochs] == [(3, 24), (6, 48)]
    assert epochs[-1]["valid loss"] == train["final_losses"]["validation"]


def test_the_train_loss_is_the_mean_since_the_last_validation(results, folder):
    losses = pd.read_csv(folder / places.run(RUN_ID) / "loss.csv")
    second = losses[(losses["split"] == "train") & (losses["step"] > 3)]["loss"]
    epoch = results[RUN]["train_info"]["metrics"][1]
    assert epoch["train loss"] == pytest.approx(second.mean())


def test_the_recipe_is_that_of_the_run(results, train):
    config = results[RUN]["run_info"]["train_config"]
    assert config["optimizer_kwargs"] == {"lr": 1e-2, "weight_decay": 0.0}
    assert (config["max_steps"], config["eval_steps"]) == (6, 3)
    assert (config["batch_size"], config["batch_size_eval"]) == (8, 4)
    assert results[RUN]["run_info"]["peft_config"]["peft_type"] == "LORA"
    assert results[RUN]["meta_info"]["peft_mllm_bench"]["settings"] == train["settings"]


def test_a_failed_run_says_why_and_has_no_score(results):
    failed = results[FAILED]
    assert failed["train_info"]["status"] == "failed"
    assert failed["train_info"]["metrics"] == []
    assert failed["run_info"]["error_msg"]
    assert failed["run_info"]["peft_config"] is None


@pytest.mark.parametrize(
    ("metric", "dataset", "accuracy"),
    [("cider", "mini-flickr30k", None), ("vqa_score", "mini-okvqa", 0.5)],
)
def test_only_shares_are_accuracies(folder, tmp_path, metric, dataset, accuracy):
    source, place = folder / places.run(RUN_ID), tmp_path / places.run(RUN_ID)
    place.mkdir(parents=True)
    for name in ("train.json", "loss.csv"):
        (place / name).write_bytes((source / name).read_bytes())
    scored = json.loads((source / "scores.json").read_text())
    scored |= {"dataset": dataset, "scores": {metric: {"value": 50.0}}}
    (place / "scores.json").write_text(json.dumps(scored))
    test = method_comparison.export(RUN_ID, tmp_path)["train_info"]["metrics"][-1]
    assert test["test accuracy"] == accuracy
    assert test[f"test {metric}"] == 50.0


def test_on_a_gpu_only_the_largest_memory_is_known(folder, tmp_path):
    source, place = folder / places.run(RUN_ID), tmp_path / places.run(RUN_ID)
    place.mkdir(parents=True)
    for name in ("scores.json", "loss.csv"):
        (place / name).write_bytes((source / name).read_bytes())
    train = json.loads((source / "train.json").read_text())
    train["provenance"]["hardware"]["gpus"] = ["A GPU"]
    (place / "train.json").write_text(json.dumps(train | {"peak_gpu_memory_bytes": 123}))
    result = method_comparison.export(RUN_ID, tmp_path)
    info = result["train_info"]
    assert info["accelerator_memory_max"] == 123
    assert info["accelerator_memory_reserved_avg"] is None
    assert result["meta_info"]["system_info"]["accelerator"] == "A GPU"
