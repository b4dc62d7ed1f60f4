import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES

GAINS = TABLES["connector_gain"]


def test_gain_is_tuned_less_frozen(tmp_path):
    study = synthetic.study()
    folder = synthetic.write_records(tmp_path, study)
    table = tables.build(synthetic.collected(folder, study), GAINS)
    assert table.columns[:3] == ("Unseen, frozen", "Unseen, tuned", "Unseen, gain")
    # bases of 30 and 34, a gain of 30 by LoRA on unseen sets, and 2 where the connector is tuned
    texts = [cell.text for cell in dict(table.rows)[("LoRA",)]]
    assert texts == ["62.00", "64.00", "+2.00", "75.00", "77.00", "+2.00"]
    assert "Means over 2 models x 2 unseen data sets and over 2 models x 2 seen data sets." in (
        table.notes
    )


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
