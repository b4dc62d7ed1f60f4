import pandas as pd
import pytest

import synthetic
from mmpeft import losses


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


def test_every_run_has_its_curve_once(folder, study):
    table = losses.collect(study.manifest(), folder)
    assert list(table.columns) == list(losses.COLUMNS)
    assert set(table["run"]) == {run.id for run in study.runs}
    # 100 samples in batches of 16, three epochs: 21 steps and three validations
    counts = table.groupby(["run", "split"], observed=True).size().unstack()
    assert set(counts["train"]) == {21}
    assert set(counts["validation"]) == {3}
    written = pd.read_csv(folder / "runs" / study.runs[0].id / "loss.csv")
    own = table[table["run"] == study.runs[0].id]
    assert own["loss"].tolist() == written["loss"].tolist()
    assert own.loc[own["split"] == "validation", "learning_rate"].isna().all()


def test_a_run_without_a_record_has_no_curve(folder, study):
    absent, failed = study.runs[0], study.runs[1]
    (folder / "runs" / absent.id / "train.json").unlink()
    synthetic.fail(folder, failed, "loss is not finite")
    table = losses.collect(study.manifest(), folder)
    assert absent.id not in set(table["run"])
    assert failed.id in set(table["run"])


def test_nothing_there_is_an_empty_table(tmp_path, study):
    table = losses.collect(study.manifest(), tmp_path)
    assert table.empty
    assert table.dtypes.astype(str).to_dict() == dict(losses.COLUMNS)


def test_a_file_that_is_no_curve_is_refused_by_name(folder, study):
    path = folder / "runs" / study.runs[0].id / "loss.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="unexpected columns") as error:
        losses.collect(study.manifest(), folder)
    assert str(path) in str(error.value)


def test_parquet_gives_back_the_same(folder, study, tmp_path):
    table = losses.collect(study.manifest(), folder)
    table.to_parquet(tmp_path / "losses.parquet", index=False)
    pd.testing.assert_frame_equal(losses.read(tmp_path / "losses.parquet"), table)


def test_a_file_of_another_version_is_refused(tmp_path):
    pd.DataFrame({"step": [1]}).to_parquet(tmp_path / "old.parquet")
    with pytest.raises(ValueError, match="collect the results again"):
        losses.read(tmp_path / "old.parquet")


def test_parts_of_a_training_have_the_mean_of_their_steps(folder, study):
    curve = losses.collect(study.manifest(), folder)
    runs = [study.runs[0].id, study.runs[1].id]
    parts = losses.over_parts(curve[curve["run"].isin(runs)], 7)
    # 21 steps, three a part
    assert list(parts.index) == list(range(1, 8))
    assert sorted(parts.columns) == sorted(runs)
    assert parts[runs[0]].tolist() == pytest.approx(
        [2 - (3 * part - 1) / 21 for part in parts.index]
    )
    assert len(losses.over_parts(curve, 100)) == 21


def test_columns_are_those_that_training_writes():
    from mmpeft.training.run import LOSS_COLUMNS

    assert tuple(losses.COLUMNS) == ("run", *LOSS_COLUMNS)
