import subprocess
import sys
from pathlib import Path

import pytest

import mmpeft.metrics
from metrics.rows import row
from mmpeft.datasets.registry import DATASETS
from mmpeft.metrics import METRICS

ROWS = [
    row([answer] * 10, ["red", "blue"], [f"the {answer} thing here", f"one {answer} thing"], answer)
    for answer in ("red", "blue")
]
RIGHT = {
    "option_accuracy": ["A", "B"],
    "cider": ["the red thing here", "the blue thing here"],
}


def test_every_dataset_has_its_metric():
    assert {spec.metric for spec in DATASETS.values() if spec.metric is not None} == set(METRICS)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_contract(name):
    metric = METRICS[name]
    right = RIGHT.get(name, ["red", "blue"])
    score = metric(right, ROWS)
    assert score.n == len(score.per_item) == 2
    assert score.value == pytest.approx(sum(score.per_item) / 2)
    assert score.value > metric(["", ""], ROWS).value == 0
    # One right and one wrong: the items stay in order.
    first, second = metric([right[0], "wrong"], ROWS).per_item
    assert first > second == 0
    if name != "cider":
        assert score.value == 100
    for other, secondary in score.secondary.items():
        assert other != name
        assert secondary.n == 2
        assert secondary.definition != score.definition
    assert not score.definition.endswith(".")


@pytest.mark.parametrize("name", sorted(METRICS))
def test_predictions_and_rows_must_pair_up(name):
    with pytest.raises(ValueError, match="1 predictions for 2 rows"):
        METRICS[name](["red"], ROWS)
    with pytest.raises(ValueError, match="no rows"):
        METRICS[name]([], [])


def test_metrics_need_neither_torch_nor_transformers():
    code = "import sys, mmpeft.metrics; print({'torch', 'transformers'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(mmpeft.metrics.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
