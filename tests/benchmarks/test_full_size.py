"""The benchmark of full-size models, exercised in small on the CPU."""

import math

import full_size
import pytest

from mmpeft.study.capabilities import CAPABILITIES

SMALL = ["--size", "tiny", "--steps", "2", "--micro-batch", "64", "--answers", "2"]


@pytest.fixture(autouse=True)
def short_answers(monkeypatch):
    monkeypatch.setattr(full_size, "NEW_TOKENS", 2)


@pytest.mark.parametrize("name", full_size.MODELS)
@pytest.mark.parametrize("method", CAPABILITIES)
def test_every_model_and_method_trains_and_answers(name, method):
    row = full_size.measure(name, method, full_size.arguments(SMALL))
    assert math.isfinite(row["loss"])
    assert row["samples_per_second"] > 0
    assert row["tokens_per_second"] > 0
    assert 0 < row["mfu"] < 1
    assert row["checkpointing"] == (method != "prefix")


def test_prints_a_row_for_each_method(capsys):
    full_size.main([*SMALL, "--models", "llava-1.5-7b", "--methods", "ia3", "lora"])
    rows = [line for line in capsys.readouterr().out.splitlines() if "| llava" in line]
    assert [row.split("|")[2].strip() for row in rows] == ["ia3", "lora"]


def test_one_step_is_too_few():
    with pytest.raises(SystemExit):
        full_size.arguments(["--steps", "1"])
