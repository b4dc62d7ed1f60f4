import numpy as np
import pytest
import torch
from torch import nn

from mmpeft.methods.adapter import BottleneckConfig, BottleneckLinear


def config(**options) -> BottleneckConfig:
    return BottleneckConfig(
        **{"target_modules": "x", "after_modules": "", "size": 3, "dropout": 0.0, **options}
    )


def layer(*, after: bool, **options) -> BottleneckLinear:
    torch.manual_seed(0)
    options = {"initialisation": "normal", **options}
    built = BottleneckLinear(nn.Linear(5, 4), "default", config(**options), after=after)
    with torch.no_grad():
        for parameter in (*built.bottleneck_down.parameters(), *built.bottleneck_up.parameters()):
            parameter.mul_(40)  # of order 1, so that tanh is not nearly linear
    return built


@pytest.mark.parametrize("after", [False, True])
def test_equals_the_formula(after):
    built = layer(after=after)
    x = torch.randn(2, 3, 5)
    weight, bias, down, up = (
        parameter.detach().double().numpy()
        for parameter in (
            built.base_layer.weight,
            built.base_layer.bias,
            built.bottleneck_down["default"].weight,
            built.bottleneck_up["default"].weight,
        )
    )
    h = x.double().numpy()
    if after:
        z = h @ weight.T + bias
        expected = z + np.tanh(z @ down.T) @ up.T
    else:
        z = h + np.tanh(h @ down.T) @ up.T
        expected = z @ weight.T + bias
    np.testing.assert_allclose(built(x).detach().numpy(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("after", "width"), [(False, 5), (True, 4)])
def test_bottleneck_is_as_wide_as_what_it_sits_on(after, width):
    built = layer(after=after)
    assert built.bottleneck_down["default"].weight.shape == (3, width)
    assert built.bottleneck_up["default"].weight.shape == (width, 3)
    assert built.bottleneck_down["default"].bias is None


@pytest.mark.parametrize("after", [False, True])
def test_zero_initialisation_changes_no_bit(after):
    built = layer(after=after, initialisation="zero")
    x = torch.randn(7, 5)
    assert torch.equal(built(x), built.base_layer(x))
    assert built.bottleneck_down["default"].weight.any()


def test_dropout_acts_on_the_bottleneck_in_training_only():
    built = layer(after=False, dropout=0.999)
    x = torch.randn(7, 5)
    built.eval()
    assert not torch.allclose(built(x), built.base_layer(x))
    built.train()
    torch.testing.assert_close(built(x), built.base_layer(x))  # all 35 inputs dropped at this seed


def test_can_be_switched_off_and_on():
    built = layer(after=True)
    x = torch.randn(2, 5)
    with_adapter = built(x)
    built.enable_adapters(False)
    assert torch.equal(built(x), built.base_layer(x))
    built.enable_adapters(True)
    assert torch.equal(built(x), with_adapter)


def test_merging_is_impossible_and_says_so():
    with pytest.raises(NotImplementedError, match=r"not linear \(tanh\): it cannot be merged"):
        layer(after=True).merge()
    with pytest.raises(NotImplementedError, match="never merged"):
        layer(after=True).unmerge()
