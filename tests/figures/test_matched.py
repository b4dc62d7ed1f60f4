from dataclasses import replace

import pytest

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.figures.matched import scores_by_parameters

SIZES = FIGURES["matched_sizes"]


def test_means_are_over_seeds_of_averages_over_data_sets(sweeps):
    seeds, means = scores_by_parameters(sweeps, SIZES)
    assert len(seeds) == 3 * len(means) == 3 * 6
    lora = means[(means["method_label"] == "LoRA") & (means["size_label"] == 64)].iloc[0]
    # 62 on SQA (img) and 75 on OKVQA; seeds 21 and 63 lie half a point below and above
    assert lora["value"] == pytest.approx((62 + 75) / 2)
    of_lora = seeds[(seeds["method_label"] == "LoRA") & (seeds["size_label"] == 64)]
    assert list(of_lora["value"]) == pytest.approx([68.0, 68.5, 69.0])
    assert lora["parameters"] == 40_960


def test_a_gap_is_named(sweeps):
    results = sweeps.results.copy()
    lost = (results["experiment"] == "size") & (results["method_label"] == "LoRA")
    lost &= (results["size_label"] == 64) & (results["seed"] == 21)
    results.loc[lost, ["status", "value"]] = ["missing", float("nan")]
    texts = texts_of(figures.build(replace(sweeps, results=results), SIZES))
    assert "gap: LoRA 64" in texts
    assert texts.count("128") == 2  # of Adapter and of LoRA
    assert "64" not in texts


def test_the_axis_names_a_single_data_set_or_counts_them(sweeps):
    (axes,) = figures.build(sweeps, SIZES).axes
    assert axes.get_ylabel() == "Average score over 2 data sets\n(points, n = 3 seeds)"
    rows = sweeps.results
    one = rows[(rows["experiment"] != "size") | (rows["dataset"] == "mini-okvqa")]
    (axes,) = figures.build(replace(sweeps, results=one), SIZES).axes
    assert axes.get_ylabel() == "Score on OKVQA\n(points, n = 3 seeds)"
