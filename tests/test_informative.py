import math

import pandas as pd
import pytest

import synthetic
from mmpeft import informative, results


def collected(tmp_path, score=synthetic.run_score):
    study = synthetic.study()
    return results.collect(study.manifest(), synthetic.write_records(tmp_path, study, score))


def verdicts(table):
    return [aim.met for aim in informative.aims(table)]


def test_noise_is_the_sample_sd_over_seeds(tmp_path):
    noise = informative.seed_noise(collected(tmp_path))
    # scores -0.5, 0, +0.5 around the mean at seeds 21, 42, 63
    assert len(noise) == 4 * 2
    assert (noise["n"] == 3).all()
    assert noise["sd"].tolist() == pytest.approx([0.5] * 8)
    assert informative.pooled_sd(noise) == pytest.approx(0.5)


def test_sweeps_do_not_count_as_noise(tmp_path):
    table = collected(tmp_path)
    swept = table[table["experiment"] == "seed_noise"].copy()
    swept["learning_rate"] *= 10
    swept["run"] += "-swept"
    swept["value"] += 30.0
    both = pd.concat([table, swept], ignore_index=True)
    pd.testing.assert_frame_equal(informative.seed_noise(both), informative.seed_noise(table))


def test_a_run_shared_by_experiments_counts_once(tmp_path):
    table = collected(tmp_path)
    assert len(informative.distinct_runs(table)) == 64 + 24 - 8


def test_summary_shows_chance_base_methods_and_noise(tmp_path):
    table = informative.summary(collected(tmp_path), "tuned")
    methods = ["Adapter", "LoRA", "IA3", "Prefix"]
    assert list(table.columns) == ["seen", "constant", "base", *methods, "seed sd"]
    row = table.loc["SQA (img)"]
    assert (row["seen"], row["constant"], row["base"]) == (False, 25.0, 32.0)
    assert row[methods].tolist() == [54.0, 64.0, 44.0, 39.0]
    assert row["seed sd"] == pytest.approx(0.5)
    assert math.isnan(table.loc["VQAv2", "seed sd"])


def test_an_informative_study_meets_every_aim(tmp_path):
    assert verdicts(collected(tmp_path)) == [True] * 5


def test_a_study_whose_methods_learn_nothing_misses_its_aims(tmp_path):
    table = collected(tmp_path, lambda run: 20.0 if not run.dataset.endswith("vqa") else 70.0)
    lora, adapter, chance, _, noise = verdicts(table)
    assert (lora, adapter, chance, noise) == (False, False, False, False)


def test_seed_noise_as_large_as_the_methods_misses_the_aim(tmp_path):
    table = collected(tmp_path, lambda run: synthetic.run_score(run) + (run.init_seed - 42))
    assert verdicts(table)[-1] is False


def test_what_cannot_be_tested_is_neither_met_nor_missed(tmp_path):
    table = collected(tmp_path)
    unseen = table[~table["seen"] & (table["seed"].isna() | (table["seed"] == 42))]
    assert verdicts(unseen) == [True, True, True, None, None]
    assert verdicts(table[table["connector"] != "tuned"]) == [None]


def test_a_gap_leaves_an_aim_untested(tmp_path):
    table = collected(tmp_path)
    lora = table.index[(table["method"] == "lora") & ~table["seen"]]
    table.loc[lora, "status"] = "failed"
    assert verdicts(table)[0] is None
