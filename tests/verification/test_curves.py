import pytest

import synthetic
from mmpeft import losses
from mmpeft.verification import curve_mismatches


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


@pytest.fixture
def table(study, folder):
    return losses.collect(study.manifest(), folder)


def curve_of(folder, run):
    return folder / "runs" / run.id / "loss.csv"


def test_curves_that_were_just_collected_agree(folder, table):
    assert curve_mismatches(table, folder) == []


def test_a_run_without_records_has_no_curve(folder, study):
    (folder / "runs" / study.runs[0].id / "train.json").unlink()
    table = losses.collect(study.manifest(), folder)
    assert curve_mismatches(table, folder) == []


def test_a_loss_that_changed_is_found(folder, study, table):
    path = curve_of(folder, study.runs[3])
    path.write_text(path.read_text().replace("validation,1.0625,", "validation,1.5,", 1))
    (found,) = curve_mismatches(table, folder)
    assert study.runs[3].id in found
    assert "differs in 1 rows" in found


def test_a_longer_curve_is_found(folder, study, table):
    path = curve_of(folder, study.runs[3])
    path.write_text(path.read_text() + "99,9.0,train,1.0,0.001\n")
    (found,) = curve_mismatches(table, folder)
    assert "losses.parquet has" in found


def test_a_curve_that_is_gone_is_found(folder, study, table):
    curve_of(folder, study.runs[3]).unlink()
    (found,) = curve_mismatches(table, folder)
    assert "without a record or a curve" in found


def test_a_curve_that_is_new_is_found(folder, study, table):
    held = table[table["run"] != study.runs[3].id]
    (found,) = curve_mismatches(held, folder)
    assert "losses.parquet has 0" in found
