import pytest

from methods.cases import METHOD_SETTINGS
from mmpeft.methods import expected_parameters
from mmpeft.methods.census import census
from tiny_models import FAMILIES, FAMILY_NAMES, SETTINGS, model

METHODS = [
    {"name": name, "location": None if name == "prefix" else "mlp", **options}
    for name, options in METHOD_SETTINGS.items()
]


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_counts_are_those_of_the_formulas(family, tmp_path):
    base = model(family)
    base.config.save_pretrained(tmp_path)
    counts = census({"base": str(tmp_path), **SETTINGS[family]}, METHODS)
    total = sum(parameter.numel() for parameter in base.parameters())
    for method, count in zip(METHODS, counts, strict=True):
        run = {"method": method, "connector": "tuned", "visual_encoder": "frozen"}
        expected = expected_parameters(base.config, FAMILIES[family], run)
        assert (count.own, count.connector) == (expected["method"], expected["connector"])
        assert count.base == total
        assert count.trainable("frozen") == count.own
        assert count.trainable("tuned") == count.own + count.connector


def test_the_vocabulary_can_be_that_of_the_original(tmp_path):
    base = model("llava")
    base.config.save_pretrained(tmp_path)
    settings = {"base": str(tmp_path), **SETTINGS["llava"]}
    rows = base.config.text_config.vocab_size
    whole, smaller = (census(settings, METHODS[:1], size)[0] for size in (None, rows - 3))
    assert whole.base - smaller.base == 2 * 3 * base.config.text_config.hidden_size
    assert whole.input_embedding - smaller.input_embedding == 3 * whole.width
