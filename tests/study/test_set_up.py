import json

from example_study import example_study
from mmpeft.study import load_study


def set_up(**changes):
    return load_study(example_study(**changes)).manifest()["set_up"]


def test_labels_stand_beside_the_values_used():
    found = set_up()
    lora = next(method for method in found["methods"] if method["name"] == "lora")
    assert lora["learning_rate"] == {"label": 2e-4, "value": 2e-3}
    assert lora["size"] == {"label": 128, "value": 8}
    assert (lora["size_kind"], lora["location"], lora["alpha_per_rank"]) == ("rank", "both", 2)
    rates = [model["connector_learning_rate"] for model in found["models"]]
    assert rates == [{"label": 2e-5, "value": 1e-3}, {"label": 1e-5, "value": 5e-4}]


def test_a_method_without_a_size_has_none():
    ia3 = next(method for method in set_up()["methods"] if method["name"] == "ia3")
    assert ia3["size"] is ia3["size_kind"] is ia3["dropout"] is None


def test_only_what_a_run_uses_is_there():
    main = {"model": ["mini-llava-7b"], "method": ["lora"], "dataset": ["mini-okvqa"]}
    found = set_up(experiments={"main": main | {"connector": ["frozen"]}})
    assert [model["name"] for model in found["models"]] == ["mini-llava-7b"]
    assert [method["name"] for method in found["methods"]] == ["lora"]
    assert found["datasets"] == [
        {"name": "mini-okvqa", "train": 280, "validation": 100, "test": 300}
    ]
    assert found["models"][0]["connector_learning_rate"] is None
    assert found["models"][0]["visual_encoder_learning_rate"] is None


def test_it_is_json():
    found = set_up()
    assert json.loads(json.dumps(found)) == found
