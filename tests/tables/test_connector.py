import numpy as np
import pytest

import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.tables.formats import as_csv

GAINS = TABLES["connector_gain"]


def test_gain_is_tuned_less_frozen(tmp_path):
    study = synthetic.study()
    folder = synthetic.write_records(tmp_path, study)
    table = tables.build(synthetic.collected(folder, study), GAINS)
    assert table.columns[:3] == ("Unseen, frozen", "Unseen, tuned", "Unseen, gain")
    # bases of 30 and 34, a gain of 30 by LoRA on unseen sets, and 2 where the connector is tuned
    texts = [cell.text for cell in dict(table.rows)[("LoRA",)]]
    constant = "+2.00 n/a (nothing varies)"  # all items gain as much
    assert texts == ["62.00", "64.00", constant, "75.00", "77.00", constant]
    assert "Means over 2 models x 2 unseen data sets and over 2 models x 2 seen data sets." in (
        table.notes
    )


def test_a_gain_has_the_interval_of_paired_items(tmp_path):
    study = synthetic.study()
    data = synthetic.collected(synthetic.write_records(tmp_path, study), study)
    table = tables.build(synthetic.with_noise(data, 10), GAINS)
    gain = dict(zip(table.columns, dict(table.rows)[("LoRA",)], strict=True))["Unseen, gain"]
    # two data sets of 50 items, on each the mean over two models of two scores' difference
    half = 1.98 * 10 * np.sqrt(2 / 2 / 50 / 2)
    assert gain.high - gain.low == pytest.approx(2 * half, rel=0.15)
    assert gain.text == f"+2.00 [{gain.low:.2f}, {gain.high:.2f}]"
    head = as_csv(table).splitlines()[0]
    assert "Unseen, gain low" in head
    assert "Unseen, tuned low" not in head


def test_reported_gains_say_that_they_have_no_interval(reported):
    gains = [cell.text for cell in dict(tables.build(reported, GAINS).rows)[("IA3",)]]
    assert gains[2] == "+15.04 n/a (no item scores)"


def test_a_gap_leaves_its_mean_and_gain_open(tmp_path):
    study = synthetic.study()
    folder = synthetic.write_records(tmp_path, study)
    failed = next(
        run
        for run in study.runs
        if (run.method, run.connector, run.dataset) == ("ia3", "tuned", "mini-okvqa")
    )
    synthetic.fail(folder, failed, "loss is not finite")
    rows = dict(tables.build(synthetic.collected(folder, study), GAINS).rows)
    assert [cell.gap for cell in rows[("IA3",)]] == [False] * 4 + [True] * 2
    assert not any(cell.gap for cell in rows[("LoRA",)])


def test_a_state_that_is_not_in_the_study_is_a_gap(sweeps):
    rows = dict(tables.build(sweeps, GAINS).rows)
    assert [cell.gap for cell in rows[("LoRA",)]] == [True, False, True] * 2
