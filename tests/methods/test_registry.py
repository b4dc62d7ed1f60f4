import pytest

from methods.cases import METHOD_SETTINGS
from mmpeft.methods import METHODS, parse_method
from mmpeft.study.capabilities import CAPABILITIES

LORA = {"name": "lora", "location": "both", "size": 8, "alpha": 16.0, "dropout": 0.05}


def test_the_study_knows_the_same_methods():
    assert set(METHODS) == set(CAPABILITIES) == set(METHOD_SETTINGS)


def test_none_means_that_the_method_has_no_such_option():
    assert parse_method({"name": "prefix", "location": None, "size": 4}).size == 4
    assert parse_method({"name": "ia3", "location": "attn", "size": None}).location == "attn"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({**LORA, "name": "dora"}, "method.name must be one of adapter, lora, ia3, prefix"),
        ({"size": 8}, "method.name must be one of .*, got None"),
        ({**LORA, "rank": 8}, "method lora has no option rank; it has alpha, dropout, location"),
        ({"name": "ia3", "location": "mlp", "size": 2}, "method ia3 has no option size"),
        ({"name": "prefix", "location": "mlp", "size": 2}, "prefix has no option location"),
        ({**LORA, "size": None}, "method lora: .*missing.*'size'"),
        ({**LORA, "size": 0}, "size of lora must be a whole number >= 1, got 0"),
        ({**LORA, "size": 2.5}, "size of lora must be a whole number >= 1, got 2.5"),
        ({**LORA, "dropout": 1.0}, r"dropout of lora must be in \[0, 1\), got 1.0"),
        ({**LORA, "location": "all"}, "location of lora must be one of attn, mlp, both, got all"),
    ],
)
def test_illegal_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        parse_method(settings)
