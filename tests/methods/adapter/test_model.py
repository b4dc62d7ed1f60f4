import pytest
import torch
from peft import PeftModel, get_peft_model
from torch import nn

from mmpeft.methods.adapter import BottleneckConfig, BottleneckLinear


class Toy(nn.Module):
    """Two linear maps and an embedding."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(6, 4)
        self.first = nn.Linear(4, 5)
        self.second = nn.Linear(5, 3)

    def forward(self, ids):
        return self.second(self.first(self.words(ids)).relu())


def wrap(**options) -> PeftModel:
    settings = {
        "target_modules": "first|second",
        "after_modules": "second",
        "size": 2,
        "initialisation": "normal",
    }
    return get_peft_model(Toy(), BottleneckConfig(**{**settings, **options}))


def test_places_bottlenecks_before_and_after():
    layers = [module for module in wrap().modules() if isinstance(module, BottleneckLinear)]
    assert [(layer.after, layer.width) for layer in layers] == [(False, 4), (True, 3)]


def test_survives_peft_saving(tmp_path):
    tuned = wrap().eval()
    tuned.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(Toy(), tmp_path)
    ids = torch.arange(6)
    assert torch.equal(loaded(ids), tuned(ids))
    assert not torch.equal(loaded(ids), Toy()(ids))


def test_a_second_adapter_can_be_added_and_chosen():
    tuned = wrap().eval()
    ids = torch.arange(6)
    first = tuned(ids)
    tuned.add_adapter("other", BottleneckConfig(target_modules="first", after_modules="", size=3))
    assert torch.equal(tuned(ids), first)
    tuned.set_adapter("other")
    assert torch.equal(tuned(ids), Toy()(ids))  # starts at the base model
    with tuned.disable_adapter():
        assert torch.equal(tuned(ids), Toy()(ids))
    tuned.set_adapter("default")
    assert torch.equal(tuned(ids), first)


@pytest.mark.parametrize("merge", ["merge_adapter", "merge_and_unload"])
def test_merging_is_impossible_and_says_so(merge):
    with pytest.raises(NotImplementedError, match=r"not linear \(tanh\): it cannot be merged"):
        getattr(wrap(), merge)()


def test_unloading_gives_the_base_model_back():
    ids = torch.arange(6)
    assert torch.equal(wrap().unload()(ids), Toy()(ids))


def test_refuses_what_is_not_a_linear_map():
    with pytest.raises(TypeError, match="needs a linear map, but words is a Embedding"):
        wrap(target_modules="words")


def test_a_pattern_that_matches_nothing_is_an_error():
    with pytest.raises(ValueError, match="not found in the base model"):
        wrap(target_modules="third")
