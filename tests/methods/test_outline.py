import json

import pytest

from mmpeft.methods import expected_parameters
from mmpeft.methods.outline import describe, outline
from tiny_models import FAMILIES, FAMILY_NAMES, SETTINGS, model

LORA = {"name": "lora", "location": "mlp", "size": 2, "alpha": 4, "dropout": 0.0}
METHODS = (
    {"name": "adapter", "location": "mlp", "size": 2, "dropout": 0.0},
    {"name": "adapter", "location": "both", "size": 2, "dropout": 0.0},
    LORA,
    {"name": "ia3", "location": "both"},
    {"name": "prefix", "size": 3},
)


@pytest.fixture(scope="module", params=FAMILY_NAMES)
def described(request, tmp_path_factory):
    """The model itself, and its outline; the folder holds no weights."""
    base = model(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    base.config.save_pretrained(folder)
    settings = {"name": "tiny", "base": str(folder), **SETTINGS[request.param]}
    return base, outline(settings, METHODS)


def test_parts_hold_all_parameters_of_the_model(described):
    base, found = described
    parts = found["parts"]
    total = sum(parameter.numel() for parameter in base.parameters())
    assert sum(part["parameters"] for part in parts.values()) == total
    for part in parts.values():
        assert type(base.get_submodule(part["module"])).__name__ == part["class"]
    family = FAMILIES[found["family"]]
    connector = family.connectors[family.connector]
    assert parts["connector"]["parameters"] == connector.parameters(base.config)
    assert parts["language_model"]["layers"] == found["layer"]["number"] == 2


def test_linear_maps_are_those_that_the_family_names(described):
    _, found = described
    linears = [
        f"{block['name']}.{one['name']}"
        for block in found["layer"]["blocks"]
        for one in block["linears"]
    ]
    assert sorted(linears) == sorted(one.path for one in FAMILIES[found["family"]].linears)


def test_methods_sit_where_the_family_says(described):
    _, found = described
    family = FAMILIES[found["family"]]
    methods = {one["method"]: one["sites"] for one in found["methods"]}
    places = {"before": "input", "after": "output"}
    assert {site["module"]: site["place"] for site in methods["adapter"]} == {
        one.path: places[one.adapter] for one in family.linears
    }
    assert {site["module"]: site["place"] for site in methods["ia3"]} == {
        one.path: one.ia3 for one in family.linears if one.ia3
    }
    assert {site["module"] for site in methods["lora"]} == {
        one.path for one in family.targets("mlp")
    }
    assert [site["place"] for site in methods["prefix"]] == ["keys and values"]


def test_places_beside_the_default_one_are_told_apart(described):
    _, found = described
    adapter = next(one for one in found["methods"] if one["method"] == "adapter")
    default = {site["module"] for site in adapter["sites"] if site["default"]}
    assert default == {one.path for one in FAMILIES[found["family"]].targets("mlp")}
    assert len(adapter["sites"]) > len(default)


def test_parameters_are_those_of_the_default_place(described):
    base, found = described
    family = FAMILIES[found["family"]]
    for method, one in zip((METHODS[0], *METHODS[2:]), found["methods"], strict=True):
        settings = {"method": method, "connector": "frozen", "visual_encoder": "frozen"}
        assert one["parameters"] == expected_parameters(base.config, family, settings)["method"]


def test_tensors_have_their_names_and_shapes(described):
    _, found = described
    lora = next(one for one in found["methods"] if one["method"] == "lora")
    first = lora["sites"][0]["tensors"]
    assert first == [{"name": "lora_A", "shape": [2, 16]}, {"name": "lora_B", "shape": [28, 2]}]


def test_the_file_holds_what_is_returned(tmp_path):
    folder = tmp_path / "base"
    model("llava").config.save_pretrained(folder)
    settings = {
        "models": [{"name": "tiny", "family": "llava", "base": str(folder)}],
        "methods": [LORA],
    }
    found = describe(settings, tmp_path / "models.json")
    assert json.loads((tmp_path / "models.json").read_text()) == found
