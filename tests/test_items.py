import numpy as np
import pandas as pd
import pytest

import synthetic
import synthetic_evaluations
from mmpeft import items, results, tidy, verification


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


def collected(study, folder):
    table = results.collect(study.manifest(), folder)
    return table, items.collect(table, folder)


def test_items_are_those_that_scores_are_the_means_of(study, folder):
    table, found = collected(study, folder)
    # shared by experiments, and so once; text-only questions are not part of "SQA (img)"
    counted = found[found["headline"]]
    assert len(counted) == (len(study.runs) + len(study.baselines)) * synthetic.N_ITEMS
    of_scienceqa = found["scores_record"].str.contains("mini-scienceqa")
    assert set(found.loc[of_scienceqa].groupby("scores_record", observed=True).size()) == {55}
    assert found.loc[~of_scienceqa, "headline"].all()
    assert verification.item_mismatches(table, found) == []


def test_items_are_paired_by_their_ids(study, folder):
    _, found = collected(study, folder)
    for scores in items.by_record(found).values():
        assert scores.index.is_unique
        assert sorted(map(int, scores.index)) == list(range(synthetic.N_ITEMS))
    lengths = {len(scores) for scores in items.by_record(found, whole=True).values()}
    assert lengths == {synthetic.N_ITEMS, synthetic.N_ITEMS + synthetic.N_TEXT_ONLY}


def test_a_score_over_all_questions_is_checked_too(study, folder):
    table, found = collected(study, folder)
    place = found.index[~found["headline"]][0]
    found.loc[place, "score"] += 50
    (fault,) = verification.item_mismatches(table, found)
    assert "items score" in fault


def test_failed_runs_have_no_items(study, folder):
    synthetic.fail(folder, study.runs[0], "out of memory")
    table, found = collected(study, folder)
    assert not found["scores_record"].str.contains(study.runs[0].id, regex=False).any()
    assert verification.item_mismatches(table, found) == []


def test_items_of_evaluations_are_kept_by_epoch(tmp_path):
    study = synthetic_evaluations.study()
    folder = synthetic_evaluations.write_records(tmp_path / "results", study)
    _, found = collected(study, folder)
    epochs = found.loc[found["scores_record"].str.startswith("evaluations/transfer"), "epoch"]
    assert set(epochs) == {2, 3}


@pytest.mark.parametrize("change", ["score", "gone"])
def test_items_that_differ_from_the_results_are_found(study, folder, change):
    table, found = collected(study, folder)
    # of a data set with one score; an item of ScienceQA counts in two
    place = found.index[found["scores_record"].str.contains("mini-okvqa")][0]
    if change == "score":
        found.loc[place, "score"] += 1
    else:
        found = found.drop(place)
    faults = verification.item_mismatches(table, found)
    assert len(faults) == 1
    assert {"score": "items score", "gone": "49 items collected"}[change] in faults[0]


def test_the_file_of_a_large_study_is_small(tmp_path):
    """600 runs x 300 items: what a complete study has."""
    source = np.random.default_rng(0)
    ids = [f"test-{index:06d}" for index in range(300)]
    table = pd.DataFrame(
        {
            "scores_record": np.repeat([f"runs/{'long/' * 20}{run}" for run in range(600)], 300),
            "epoch": pd.NA,
            "id": ids * 600,
            "score": source.choice([0.0, 30.0, 60.0, 90.0, 100.0], 180_000),
            "headline": True,
        }
    ).astype(dict(items.COLUMNS))
    file = tmp_path / "items.parquet"
    tidy.write(table, file)
    assert file.stat().st_size < 1_000_000
    pd.testing.assert_frame_equal(items.read(file), table)


def test_a_study_without_records_has_no_items(study, tmp_path):
    _, found = collected(study, tmp_path / "nothing")
    assert list(found.columns) == list(items.COLUMNS)
    assert found.empty
