import pytest
from peft import PeftConfig

from mmpeft.methods.adapter import BottleneckConfig

LEGAL = {"target_modules": "a|b", "after_modules": "b", "size": 4, "dropout": 0.1}


def test_survives_saving(tmp_path):
    config = BottleneckConfig(**LEGAL, initialisation="normal")
    config.save_pretrained(tmp_path)
    assert PeftConfig.from_pretrained(tmp_path) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 0}, "size of the adapter must be >= 1, got 0"),
        ({"dropout": 1.0}, r"dropout of the adapter must be in \[0, 1\), got 1.0"),
        ({"initialisation": "bert"}, "initialisation .* one of zero, normal, got bert"),
        ({"target_modules": None}, "target_modules must be a regular expression, got None"),
        ({"after_modules": ["b"]}, "after_modules must be a regular expression"),
    ],
)
def test_refuses_values_out_of_range(change, message):
    with pytest.raises(ValueError, match=message):
        BottleneckConfig(**{**LEGAL, **change})
