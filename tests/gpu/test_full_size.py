"""Models of full size with random weights: pytest -m gpu tests/gpu (about 80 GB of GPU memory)."""

import math

import pytest
import torch
from full_size import MODELS, arguments, measure

from mmpeft.study.capabilities import CAPABILITIES

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("method", CAPABILITIES)
def test_trains_and_answers_within_the_memory_budget(name, method):
    row = measure(name, method, arguments(["--steps", "2"]))
    torch.cuda.empty_cache()
    _, total = torch.cuda.mem_get_info()
    assert math.isfinite(row["loss"])
    assert row["tokens_per_second"] > 0
    # 0.9 of the memory is the budget; blocks of the allocator may add to it.
    assert row["peak_gb"] * 1e9 < 0.95 * total
    assert row["micro_batch"] >= 1
