from dataclasses import replace

import pandas as pd
import pytest

import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.tables.matched import pairs

MATCHED = TABLES["matched_pairs"]
PARAMETERS = {"Adapter": {128: 900, 256: 1800}, "LoRA": {64: 1000, 128: 4000}, "Prefix": {10: 300}}


def sizes(table):
    rows = [(method, size, n) for method, by_size in table.items() for size, n in by_size.items()]
    frame = pd.DataFrame(rows, columns=["method_label", "size_label", "parameters"])
    return frame.astype({"method_label": "category"})


def found(table, factor):
    return [
        tuple((place["method_label"], place["size_label"]) for place in pair)
        for pair in pairs(sizes(table), factor)
    ]


@pytest.fixture
def matched(sweeps):
    """The sweeps with parameters that tell sizes apart, which `synthetic` does not."""
    results = sweeps.results.copy()
    for method, by_size in PARAMETERS.items():
        for size, parameters in by_size.items():
            one = (results["method_label"] == method) & (results["size_label"] == size)
            results.loc[one, "method_parameters"] = parameters
    return replace(sweeps, results=results)


def test_a_pair_is_closest_both_ways_and_within_the_factor():
    near = (("Adapter", 128), ("LoRA", 64))
    assert found(PARAMETERS, 2.0) == [near]
    # 256 and 128 are 2.2 times apart, but 1800 is closer to 1000 than to 4000: no further pair
    assert found(PARAMETERS, 4.0) == [
        near,
        (("Adapter", 128), ("Prefix", 10)),
        (("LoRA", 64), ("Prefix", 10)),
    ]
    assert found(PARAMETERS, 1.05) == []


def test_the_factor_itself_still_counts():
    table = {"Adapter": {1: 100}, "LoRA": {1: 200}}
    assert len(found(table, 2.0)) == 1
    assert found(table, 1.99) == []


def test_a_line_has_both_scores_and_their_difference(matched):
    table = tables.build(matched, MATCHED)
    lines = dict(table.rows)
    cells = lines[("LLaVA-1.5-7B", "Adapter 128", "LoRA 64", "SQA (img)")]
    assert [cell.text for cell in cells] == [
        "900",
        "1,000",
        "0.90",
        "52.0 ± 0.5",
        "62.0 ± 0.5",
        "-10.0 n/a (nothing varies)",
    ]
    assert "Runs per cell: n = 3." in table.notes


def test_a_difference_has_an_interval_over_seeds_and_items(matched):
    table = tables.build(synthetic.with_noise(matched, 10), MATCHED)
    *_, told = dict(table.rows)[("LLaVA-1.5-7B", "Adapter 128", "LoRA 64", "SQA (img)")]
    assert told.number == pytest.approx(-10)
    assert told.low < -10 < told.high
    assert told.text == f"-10.0 [{told.low:.1f}, {told.high:.1f}]"


def test_a_gap_is_one_in_the_difference_too(matched):
    results = matched.results.copy()
    lost = (results["experiment"] == "size") & (results["method_label"] == "LoRA")
    results.loc[lost & (results["seed"] == 63), ["status", "value"]] = ["failed", float("nan")]
    table = tables.build(replace(matched, results=results), MATCHED)
    cells = dict(table.rows)[("LLaVA-1.5-7B", "Adapter 128", "LoRA 64", "SQA (img)")]
    assert [cell.text for cell in cells[3:]] == ["52.0 ± 0.5", "failed", "failed"]
    assert [cell.gap for cell in cells[3:]] == [False, True, True]
