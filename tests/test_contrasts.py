import numpy as np
import pandas as pd
import pytest

import paper
import synthetic
from mmpeft import aggregation, contrasts, items
from mmpeft.datasets.registry import DATASETS
from mmpeft.metrics import METRICS

BY = ["model_label", "connector_label", "method_label", "dataset_label"]


@pytest.fixture
def study():
    return synthetic.study(seeds=(21, 42))


@pytest.fixture
def data(tmp_path, study):
    folder = synthetic.write_records(tmp_path, study)
    return synthetic.with_noise(synthetic.collected(folder, study), 10)


def cells_of(data):
    return contrasts.of(data, aggregation.headline_scores(data.results, "run", "main"), BY)


def pick(cells, **labels):
    chosen = pd.Series(True, index=cells.table.index)
    for axis, label in labels.items():
        chosen &= cells.table[f"{axis}_label"] == label
    return list(cells.table.index[chosen])


MAIN = {"model": "LLaVA-1.5-7B", "connector": "tuned", "dataset": "OKVQA"}


def pair(cells):
    return pick(cells, method="LoRA", **MAIN)[0], pick(cells, method="Prefix", **MAIN)[0]


def test_a_difference_is_that_of_paired_seeds_and_items(data):
    cells = cells_of(data)
    left, right = pair(cells)
    (effect,) = cells.effects([{left: 1.0, right: -1.0}])
    by_record = items.by_record(data.items)
    runs = data.results[(data.results["experiment"] == "main") & data.results["headline"]]
    runs = runs[(runs["model_label"] == MAIN["model"]) & (runs["connector"] == "tuned")]
    runs = runs[runs["dataset_label"] == "OKVQA"].sort_values("init_seed")
    sides = [
        np.stack([by_record[record, 0] for record in of_method["scores_record"]])
        for _, of_method in runs[runs["method"].isin(["lora", "prefix"])].groupby("method")
    ]
    assert effect.estimate.value == pytest.approx((sides[0] - sides[1]).mean())
    assert cells.answers(left).shape == (2, synthetic.N_ITEMS)
    low, high = effect.interval()
    assert low < effect.estimate.value < high


def test_an_interval_widens_with_its_level(data):
    cells = cells_of(data)
    left, right = pair(cells)
    (effect,) = cells.effects([{left: 1.0, right: -1.0}])
    (low, high), (lower, higher) = effect.interval(), effect.interval(0.999)
    assert lower < low < high < higher


def test_test_sets_add_up_as_independent(data):
    cells = cells_of(data)
    some = [
        pick(cells, **MAIN | {"method": "LoRA", "dataset": label})[0]
        for label in ("OKVQA", "VQAv2")
    ]
    one, other, mean = cells.effects([{some[0]: 1.0}, {some[1]: 1.0}, dict.fromkeys(some, 0.5)])
    width = [high - low for low, high in (each.interval() for each in (one, other, mean))]
    assert mean.value == pytest.approx((one.value + other.value) / 2)
    # less than for one test set, and not the half that a draw shared by both would give
    assert width[2] < 0.9 * max(width[:2])
    assert width[2] == pytest.approx(np.hypot(width[0], width[1]) / 2, rel=0.35)


def test_the_same_contrast_has_the_same_interval_in_any_company(data):
    cells = cells_of(data)
    other, *_, last = cells.table.index
    mean = dict.fromkeys(pick(cells, model="LLaVA-1.5-7B", method="LoRA"), 0.25)
    alone = cells.effects([mean])[0]
    among = cells.effects([{last: 1.0}, {other: 1.0}, mean])[2]
    assert alone.interval() == pytest.approx(among.interval())


def test_a_gap_has_no_value(tmp_path, study):
    folder = synthetic.write_records(tmp_path, study)
    synthetic.fail(folder, study.runs[0], "out of memory")
    cells = cells_of(synthetic.collected(folder, study))
    gap = cells.table.index[cells.table["status"] == "failed"][0]
    (effect,) = cells.effects([{gap: 1.0}])
    assert np.isnan(effect.value)
    assert (effect.estimate, effect.why) == (None, contrasts.GAP)


def test_numbers_without_items_have_a_value_alone():
    cells = cells_of(paper.collected("table1_main", "main"))
    (effect,) = cells.effects([{0: 1.0, 1: -1.0}])
    assert not np.isnan(effect.value)
    assert (effect.interval(), effect.p_value(), effect.why) == (None, None, contrasts.NO_ITEMS)


def test_cells_with_other_seeds_are_not_paired(data):
    rows = aggregation.headline_scores(data.results, "run", "main")
    fewer = rows[(rows["method"] != "lora") | (rows["init_seed"] == 42)]
    cells = contrasts.of(data, fewer, BY)
    left, right = pair(cells)
    (effect,) = cells.effects([{left: 1.0, right: -1.0}])
    assert (effect.estimate, effect.why) == (None, contrasts.UNPAIRED)


def test_what_does_not_vary_has_no_interval(data):
    data.items["score"] = np.float32(100.0)
    cells = cells_of(data)
    assert {one.why for one in cells.effects([{cell: 1.0} for cell in cells.table.index])} == {
        contrasts.CONSTANT
    }


def test_one_item_of_one_run_has_no_interval(tmp_path):
    study = synthetic.study()
    found = synthetic.collected(synthetic.write_records(tmp_path, study), study)
    first = found.items["id"] == "0"
    cells = cells_of(
        type(found)(found.results, found.losses, found.study, items=found.items[first])
    )
    assert cells.effects([{0: 1.0}])[0].why == "n=1"


def test_accuracies_are_metrics_of_right_and_wrong():
    of_data_sets = {spec.metric for spec in DATASETS.values()} - {None}
    assert set(contrasts.ACCURACIES) <= set(METRICS)
    assert of_data_sets - set(contrasts.ACCURACIES) == {"vqa_score", "vizwiz_score", "cider"}
