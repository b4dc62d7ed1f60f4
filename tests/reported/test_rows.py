"""Every number that the paper prints fills one cell, and nothing else does."""

from collections import Counter

import pandas as pd
import pytest
import yaml

from mmpeft import aggregation, tables
from mmpeft.artefacts import FIGURES, TABLES
from mmpeft.figures.fluctuation import fluctuations
from mmpeft.figures.gains import gain_table
from mmpeft.figures.sizes import size_scores
from mmpeft.reported.printed import MEAN, SCORE
from mmpeft.reported.rows import results
from mmpeft.study import layout, load_study
from workflow_tree import ROOT

UNSURE = "n/a (no item scores)"


def test_the_cells_are_those_of_the_paper_study(study):
    paper = load_study(yaml.safe_load((ROOT / "studies/paper.yaml").read_text(encoding="utf-8")))
    cells = [
        Counter((cell.experiment, cell.labels) for cell in one.cells) for one in (study, paper)
    ]
    assert cells[0] == cells[1]


def test_nothing_is_run(study):
    assert layout.record_files(study) == layout.score_files(study) == []
    assert "nothing is trained" in study.summary
    assert layout.test_files(study) == layout.loss_files(study) == layout.image_files(study) == []


def test_every_printed_score_has_a_cell(reported):
    printed = reported.reported
    scores = printed[printed["quantity"].isin([SCORE, MEAN])].groupby("part").size()
    filled = reported.results.dropna(subset="value").query("headline")
    parts = filled["experiment"].where(filled["kind"] == "run", filled["evaluation"])
    for part, number in parts.value_counts().items():
        if part in ("captions", "mmhal"):
            number_printed = (printed["part"] == part) & (
                printed["quantity"].isin(["hallucinated_captions", "mmhal_score"])
            )
            assert number == number_printed.sum()
        else:
            assert number == scores[part]


def test_only_what_is_not_printed_is_a_gap(reported):
    rows = reported.results
    gaps = rows[rows["status"] != "ok"]
    assert set(gaps["reason"]) == {"not reported"}
    # of the long runs only what they transfer is printed; of Figure 5 three points
    assert gaps.groupby("experiment").size().to_dict() == {"long": 12, "size": 9}


def test_a_score_of_seed_42_is_that_of_no_other_seed(study, reported):
    cells = [cell for cell in study.manifest()["cells"] if cell["experiment"] == "main"][:2]
    others = [{**cell, "seed": 21, "init_seed": 21, "order_seed": 21} for cell in cells]
    grid = {"study": "seeds", "cells": cells + others, "evaluations": []}
    rows = results(grid, reported.reported)
    assert rows.groupby("seed")["status"].unique().map(list).to_dict() == {
        21: ["missing"],
        42: ["ok"],
    }


def test_printed_averages_follow_from_the_cells(reported):
    table = tables.build(reported, TABLES["table01_main"])
    printed = reported.reported.query("table == 'Table 1' and quantity == 'average'")
    assert len(table.rows) == len(printed) == 32
    for line in printed.itertuples():
        label = (line.model_label, line.method_label, line.connector_label)
        assert dict(table.rows)[label][-1].text == line.text


def test_means_over_seeds_keep_their_spread(reported):
    rows = aggregation.headline_scores(reported.results, "run", "size")
    by = ["method_label", "size_label", "dataset_label"]
    cells = aggregation.cells(rows, by).set_index(by)
    prefix = cells.loc[("Prefix", 40, "SQA (img)")]
    assert (prefix["value"], prefix["sd"], prefix["runs"]) == (56.2, 19.2, 3)


def test_a_mean_of_runs_stands_alone_in_its_cell(reported):
    rows = aggregation.headline_scores(reported.results, "run", "size")
    with pytest.raises(ValueError, match="would mix a mean of runs"):
        aggregation.cells(pd.concat([rows, rows]), ["method_label", "size_label", "dataset_label"])


def test_derived_figures(reported):
    connector = dict(tables.build(reported, TABLES["connector_gain"]).rows)
    texts = {method: [cell.text for cell in line] for (method,), line in connector.items()}
    assert texts == {
        "Adapter": ["82.34", "83.02", f"+0.69 {UNSURE}", "67.22", "66.20", f"-1.02 {UNSURE}"],
        "LoRA": ["83.35", "82.86", f"-0.49 {UNSURE}", "67.21", "64.51", f"-2.70 {UNSURE}"],
        "IA3": ["61.27", "76.30", f"+15.04 {UNSURE}", "68.56", "67.48", f"-1.08 {UNSURE}"],
        "Prefix": ["63.76", "65.62", f"+1.86 {UNSURE}", "67.31", "67.92", f"+0.61 {UNSURE}"],
    }
    gains = gain_table(reported, FIGURES["figure06_data_gain"]).set_index(["step", "method_label"])
    # of the recomputed averages; 16.4 of the printed, rounded ones
    assert gains.loc[(0, "Prefix"), "percent"].value == pytest.approx(100 * (62.5125 / 53.7375 - 1))
    pairs = fluctuations(reported, FIGURES["figure04_generalisation"])
    assert pairs.loc[("IconQA-txt", "SQA (img)"), "Prefix"].value == pytest.approx(
        -14.71, abs=0.005
    )


def test_figure_5_has_the_three_stated_points(reported):
    _, points = size_scores(reported, FIGURES["figure05_size"])
    known = points.dropna(subset="value").set_index(["method_label", "size_label"])["value"]
    assert known.to_dict() == {("Adapter", 256): 87.4, ("LoRA", 128): 89.3, ("Prefix", 20): 68.0}


def test_figures_of_pixels_are_no_artefacts(study):
    numbers = [int(name[6:8]) for name in layout.artefacts_of(study, FIGURES)]
    assert numbers == [1, 2, 4, 5, 6]


def test_what_is_measured_or_compared_is_no_table(study):
    lacking = set(TABLES) - set(layout.artefacts_of(study, TABLES))
    compared = {name for name in TABLES if name.startswith("compared_")}
    ours = {"table15_measured", "matched_pairs", "statistics_comparisons"}
    assert lacking == ours | compared
