import weakref

import pytest
import torch
from torch import nn

import tiny_models
import tiny_runs
from methods.cases import METHOD_SETTINGS
from mmpeft.batching import EncodedRows, Encoder, collate
from mmpeft.datasets.registry import DATASETS
from mmpeft.failures import Failure, passed_on
from mmpeft.memory import memory_failure
from mmpeft.methods import attach
from mmpeft.training.micro_batch import (
    Tried,
    largest_fitting,
    longest,
    micro_batch_of,
    train_within_memory,
    try_step,
)
from tiny_models import FAMILIES, FAMILY_NAMES

FAILURE = Failure(status="oom", reason="out of memory: none left", excerpt=("said",))
GPU_FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def encoded(family="llava", size=24):
    encoder = Encoder(
        tiny_models.processor(family),
        FAMILIES[family],
        DATASETS[tiny_runs.DATASET],
        with_answer=True,
    )
    return EncodedRows(tiny_runs.rows("train", size), encoder)


def tuned(family="llava", method="lora"):
    settings = tiny_runs.train_settings("base", family, method)
    return attach(tiny_models.model(family), FAMILIES[family], settings)


def test_what_was_tried_is_known_after_a_kill(tmp_path):
    file = tmp_path / "checkpoint/micro_batch.json"
    Tried(file).add(8)
    for sizes in ([8, 4], [8, 4, 2]):
        assert Tried(file).less(8, FAILURE)
        assert Tried(file).sizes == sizes
        assert passed_on(file) is None
    assert not Tried(file).less(8, FAILURE)
    assert Tried(file).sizes == [8, 4, 2]
    assert passed_on(file) == FAILURE


def test_before_the_first_size_there_is_no_smaller_one(tmp_path):
    assert not Tried(tmp_path / "micro_batch.json").less(8, FAILURE)
    assert passed_on(tmp_path / "micro_batch.json") == FAILURE


def test_the_largest_size_within_the_budget_is_found():
    assert largest_fitting(128, lambda size: 10 + 2 * size, budget=75) == 32
    assert largest_fitting(128, lambda size: 0, budget=1) == 128


def test_running_out_of_memory_ends_the_search():
    tried = []

    def peak(size):
        tried.append(size)
        if size == 8:
            raise GPU_FULL
        return size

    assert largest_fitting(128, peak, budget=1e9) == 4
    assert tried == [1, 2, 4, 8]


def test_one_sample_that_is_too_much_is_an_error():
    with pytest.raises(MemoryError, match=r"one sample takes more than the 2\.0 GiB"):
        largest_fitting(8, lambda size: 2**32, budget=2**31)


def test_an_error_of_the_model_is_no_lack_of_memory():
    def peak(size):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        largest_fitting(8, peak, budget=1)


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_a_tried_step_changes_nothing(family, method):
    model, rows = tuned(family, method), encoded(family)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    was_training = model.training
    torch.manual_seed(5)
    state = torch.get_rng_state()
    reached = []
    model.register_forward_hook(lambda *_: reached.append(model.training))
    try_step(model, collate(longest([rows], 4), 0, side="right"), "float32")
    assert reached == [True, True]
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model.training == was_training


def test_the_longest_rows_come_first():
    rows = encoded()
    examples = longest([rows], 24)
    with_image = [bool(example.images) for example in examples]
    assert with_image == sorted(with_image, reverse=True)
    lengths = [len(example.input_ids) for example in examples if example.images]
    assert lengths[0] == max(lengths)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, 8), ({"micro_batch_size": 2}, 2), ({"micro_batch_size": "auto", "memory_share": 0.9}, 8)],
)
def test_a_limit_holds_and_on_the_cpu_auto_is_the_whole_share(monkeypatch, settings, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    settings = {"batch_size": 8, **settings}
    found = micro_batch_of(settings, nn.Linear(1, 1), [encoded()])
    assert found == expected


class Attempt:
    """Runs out of memory with more than one sample at a time."""

    def __init__(self, tried):
        self.tried = tried

    def train(self):
        if not self.tried.sizes:
            self.tried.add(4)
        try:
            if self.tried.sizes[-1] > 1:
                raise MemoryError("none left")
        except MemoryError as error:
            return memory_failure(error)


def test_nothing_is_left_of_an_attempt_when_the_next_one_begins(tmp_path):
    tried, begun = Tried(tmp_path / "micro_batch.json"), []

    def begin():
        assert [one for one in begun if one() is not None] == []
        attempt = Attempt(tried)
        begun.append(weakref.ref(attempt))
        return attempt

    attempt, failure = train_within_memory(begin, tried, 4, before=())
    assert (len(begun), tried.sizes, failure) == (3, [4, 2, 1], None)
    assert begun[-1]() is attempt


def test_a_failure_that_is_known_ends_a_training_before_it_begins(tmp_path):
    FAILURE.fill(tmp_path / "base")
    tried = Tried(tmp_path / "micro_batch.json")
    found = train_within_memory(lambda: None, tried, 4, before=[tmp_path / "base"])
    assert found == (None, FAILURE)
