import pytest

from methods.cases import settings
from mmpeft.methods import attach, parameter_groups, trainable_manifest
from mmpeft.methods.groups import base_parameters
from tiny_models import FAMILIES, model

FAMILY = FAMILIES["llava"]
RATES = {"learning_rate": 1e-3, "connector_learning_rate": 1e-4, "weight_decay": 0.1}


def tuned(**parts):
    return attach(model("llava"), FAMILY, settings("lora", "mlp", **parts))


def test_each_part_has_its_own_rate_and_all_decay():
    model_ = tuned(connector="tuned", visual_encoder="tuned")
    groups = parameter_groups(model_, FAMILY, **RATES, visual_encoder_learning_rate=1e-5)
    assert [(one["name"], one["lr"], one["weight_decay"]) for one in groups] == [
        ("method", 1e-3, 0.1),
        ("connector", 1e-4, 0.1),
        ("visual_encoder", 1e-5, 0.1),
    ]
    sizes = {one["name"]: sum(p.numel() for p in one["params"]) for one in groups}
    assert sizes == trainable_manifest(model_, FAMILY)["groups"]
    base = model_.get_base_model()
    connector = {id(p) for p in base_parameters(base, FAMILY, "connector").values()}
    assert {id(p) for p in groups[1]["params"]} == connector


def test_frozen_parts_have_no_group_and_need_no_rate():
    groups = parameter_groups(
        tuned(), FAMILY, learning_rate=1e-3, connector_learning_rate=None, weight_decay=0.0
    )
    assert [one["name"] for one in groups] == ["method"]


def test_a_tuned_part_without_rate_is_an_error():
    with pytest.raises(ValueError, match="no learning rate given for connector, which is tuned"):
        parameter_groups(
            tuned(connector="tuned"),
            FAMILY,
            learning_rate=1e-3,
            connector_learning_rate=None,
            weight_decay=0.0,
        )
