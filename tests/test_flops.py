"""The formulas on the paper's Table 15, whose number of tokens is found by solving for it.

Sizes by hand: LLaVA-1.5 is Vicuna, CLIP ViT-L/336 and a two-layer connector; methods add theirs.
"""

import csv
from pathlib import Path

import pytest

from mmpeft.flops import inference_flops, train_flops

TABLE_15 = Path(__file__).parents[1] / "reference/paper/table15_parameters_flops.csv"
TOTAL = {"7B": 7_062_902_784, "13B": 13_350_839_296}
CONNECTOR = {"7B": 20_979_712, "13B": 31_467_520}
EMBEDDING = {"7B": 32_000 * 4096, "13B": 32_000 * 5120}
SHAPE = {"7B": {"layers": 32, "width": 4096}, "13B": {"layers": 40, "width": 5120}}
METHOD = {
    ("7B", "Adapter"): 201_326_592,
    ("7B", "LoRA"): 319_815_680,
    ("7B", "IA3"): 614_400,
    ("7B", "Prefix"): 5_242_880,
    ("13B", "Adapter"): 314_572_800,
    ("13B", "LoRA"): 500_695_040,
    ("13B", "IA3"): 962_560,
    ("13B", "Prefix"): 8_192_000,
}
with TABLE_15.open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))


def sizes(row):
    """(model size, trainable, total) of a row of the table."""
    size = row["model"].split()[-1]
    method = METHOD[size, row["method"]]
    trainable = method + (CONNECTOR[size] if row["connector"] == "tuned" else 0)
    return size, trainable, TOTAL[size] + method


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(list(row.values())[:3]))
def test_table_15_is_reproduced(row):
    size, trainable, total = sizes(row)
    assert 100 * trainable / total == pytest.approx(float(row["trainable_percent"]), abs=1e-3)

    # With the tokens that give the printed cost of training, inference costs what is printed too.
    frozen = total - trainable
    tokens = round(
        float(row["train_flops"]) / train_flops(frozen=frozen, trainable=trainable, tokens=1)
    )
    assert 88_000 < tokens < 108_000
    inference = inference_flops(non_embedding=total - EMBEDDING[size], **SHAPE[size], tokens=tokens)
    # four digits are printed of each
    assert inference == pytest.approx(float(row["inference_flops"]), rel=5e-4)


def test_by_hand():
    assert train_flops(frozen=10, trainable=3, tokens=100) == 3200
    assert inference_flops(non_embedding=50, layers=2, width=4, tokens=100) == 1700
