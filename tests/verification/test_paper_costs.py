import pytest

from mmpeft.methods.census import Count
from mmpeft.verification.paper_costs import cost_row

COUNT = Count(
    method="lora",
    location="both",
    total=1_000_000,
    input_embedding=100_000,
    layers=10,
    width=50,
    own=20_000,
    connector=5_000,
)
# 2 x 975,000 + 4 x 25,000 = 2,050,000 for each of 1,000 tokens
PRINTED = {
    "model": "M",
    "method": "LoRA",
    "connector": "tuned",
    "trainable_percent": "2.500",
    "train_flops": "2.05e9",
    "inference_flops": "2.8e6",  # 2 x (900,000 + 10 x 50 x 1,000)
}


def test_tokens_are_solved_from_the_training_flops_and_predict_the_others():
    row = cost_row(PRINTED, COUNT)
    assert row.computed_percent == pytest.approx(2.5)
    assert row.tokens == pytest.approx(1000)
    assert row.inference_flops == 2_800_000
    assert row.within


def test_a_frozen_connector_is_not_trained():
    row = cost_row({**PRINTED, "connector": "frozen"}, COUNT)
    assert row.computed_percent == pytest.approx(2.0)
    assert row.percent_difference == pytest.approx(-0.5)
    assert not row.within


@pytest.mark.parametrize("wrong", [{"trainable_percent": "2.502"}, {"inference_flops": "2.802e6"}])
def test_a_number_that_does_not_fit_is_noticed(wrong):
    assert not cost_row({**PRINTED, **wrong}, COUNT).within
