from dataclasses import replace

import numpy as np
import pytest

import paper
import synthetic
from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.figures.bars import values_of
from mmpeft.figures.fluctuation import fluctuations

FIGURE_4 = FIGURES["figure04_generalisation"]
# Section 8: mean of four epochs less the mean of four methods, from the printed Table 4.
PAPER = {
    ("IconQA-txt", "SQA (img)"): (4.61, 0.39, 9.71, -14.71),
    ("IconQA-txt", "VizWiz"): (7.77, 6.97, -7.31, -7.43),
    ("SQA (img)", "IconQA-txt"): (0.36, -3.04, 7.66, -4.99),
    ("SQA (img)", "VizWiz"): (2.50, 1.47, -2.30, -1.68),
    ("VizWiz", "SQA (img)"): (1.36, 4.71, 5.38, -11.44),
    ("VizWiz", "IconQA-txt"): (2.49, 0.37, -1.01, -1.86),
}


def test_fluctuations_of_the_paper():
    table = values_of(fluctuations(paper.transfers(), FIGURE_4))
    assert list(table.columns) == ["Adapter", "LoRA", "IA3", "Prefix"]
    assert set(table.index) == set(PAPER)
    for pair, expected in PAPER.items():
        assert list(table.loc[pair]) == pytest.approx(expected, abs=0.0051)
    assert list(table.sum(axis=1)) == pytest.approx([0] * 6, abs=1e-9)


def test_bars_are_labelled_and_name_their_pair():
    figure = figures.build(paper.transfers(), FIGURE_4)
    panel = figure.axes[0]
    assert len(panel.patches) == len(texts_of(figure)) == 24
    # pairs come in the order of the data sets, which begins with ScienceQA
    assert texts_of(figure)[:4] == ["+2.5", "+1.5", "−2.3", "−1.7"]
    assert [tick.get_text() for tick in panel.get_xticklabels()][:2] == ["VizWiz\n", "IconQA-\ntxt"]
    below = panel.child_axes[0]
    assert [tick.get_text().split("\n")[-1] for tick in below.get_xticklabels()] == [
        "SQA (img)",
        "VizWiz",
        "IconQA-txt",
    ]
    assert "mean of 4 epochs" in below.get_xlabel()
    assert "(no interval: no item scores)" in below.get_xlabel()
    assert not panel.collections


def test_whiskers_are_intervals_of_the_difference_from_the_mean(sweeps):
    data = synthetic.with_noise(sweeps, 10)
    effects = fluctuations(data, FIGURE_4)
    (drawn,) = figures.build(data, FIGURE_4).axes[0].collections
    ends = [tuple(segment[:, 1]) for segment in drawn.get_segments()]
    assert np.allclose(ends, [effect.interval() for effect in effects.to_numpy().ravel()])
    # a method less the mean of four, each the mean over four epochs of 6 items; t of 5 is 2.57
    half = 2.57 * 10 * np.sqrt(3 / 4) / np.sqrt(4 * 6)
    assert np.mean([high - low for low, high in ends]) == pytest.approx(2 * half, rel=0.3)


def test_a_gap_spoils_its_pair_and_no_other(sweeps):
    results = sweeps.results.copy()
    place = (
        (results["evaluation"] == "transfer")
        & (results["method"] == "lora")
        & (results["dataset"] == "mini-scienceqa")
        & (results["target"] == "mini-vizwiz")
    )
    results.loc[results.index[place][0], ["status", "value"]] = ["failed", float("nan")]
    data = replace(sweeps, results=results)
    table = values_of(fluctuations(data, FIGURE_4))
    assert table.isna().sum().sum() == 4
    assert table.loc[("SQA (img)", "VizWiz")].isna().all()
    assert texts_of(figures.build(data, FIGURE_4)).count("gap") == 4
