import math

import pytest
import torch

from mmpeft.training.schedules import logarithmic_warmup


@pytest.mark.parametrize(("warmup", "length"), [(8, 8), (0, 2)])
def test_rates_rise_with_the_logarithm_of_the_step_and_stay(warmup, length):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    schedule = logarithmic_warmup(optimizer, warmup)
    rates = []
    for _ in range(12):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    rising = [0.5 * math.log(step + 1) / math.log(length) for step in range(length)]
    assert rates == pytest.approx(rising + [0.5] * (12 - length))
