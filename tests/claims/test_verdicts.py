import math
from dataclasses import replace

import numpy as np
import pytest

import paper
import synthetic
from mmpeft import claims
from mmpeft.claims.config import Claim
from mmpeft.claims.verdicts import GROWTH, POINTS, Verdict
from mmpeft.collected import Collected
from mmpeft.contrasts import CONSTANT, GAP, NO_ITEMS
from workflow_tree import ROOT

SUPPORTED, NOT_SUPPORTED, OPEN = Verdict
FILE = ROOT / "reference/claims.yaml"
TUNED = {"kind": "greater", "greater": {"connector": "tuned"}, "than": {"connector": "frozen"}}


@pytest.fixture(scope="module")
def reported():
    return paper.everything()


@pytest.fixture(scope="module")
def synthetic_study(tmp_path_factory):
    return study_of(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def on_paper(reported):
    return {claim.id: readings for claim, readings in claims.judge(reported, claims.load(FILE))}


def judged(data, predicate, of=None, **more):
    """The verdict on one reading."""
    reading = {"reading": "one", "of": of or {"experiment": "main"}, "predicate": predicate} | more
    claim = Claim(id="one", source="", text="", artefact="table01_main", readings=[reading])
    ((_, (found,)),) = claims.judge(data, [claim])
    return found


def study_of(folder, score=synthetic.run_score, seeds=(42,), noise=10.0):
    """A study whose items scatter by `noise` around the score of their run."""
    study = synthetic.study(seeds=seeds)
    data = synthetic.collected(synthetic.write_records(folder, study, score), study)
    table = data.items

    def means_of_records():
        counted = table[table["headline"]]
        return counted.groupby("scores_record", observed=True)["score"].mean()

    drawn = np.random.default_rng(0).normal(0, noise, len(table))
    mean = table["scores_record"].map(means_of_records()).astype(float)
    table["score"] = (mean + drawn).astype("float32")
    means = means_of_records()
    whole = data.results["headline"] & data.results["scores_record"].isin(means.index)
    data.results.loc[whole, "value"] = data.results.loc[whole, "scores_record"].map(means)
    return data


@pytest.mark.parametrize("claim", ["qwen_best_setting", "larger_model_better", "lora_unseen_gain"])
def test_text_claims_that_table_1_contradicts_are_not_supported(on_paper, claim):
    first = on_paper[claim][0]
    assert first.verdict == NOT_SUPPORTED
    assert first.deciding.value < 0
    assert (first.deciding.interval, first.deciding.why) == (None, NO_ITEMS)


def test_readings_of_one_claim_can_differ(on_paper):
    tuned, frozen, *_ = on_paper["adapter_best"]
    assert (tuned.verdict, frozen.verdict) == (SUPPORTED, NOT_SUPPORTED)
    assert frozen.deciding.name == "Adapter against LoRA"
    mlp = on_paper["lora_unseen_gain"][1]
    assert mlp.verdict == SUPPORTED
    assert mlp.deciding.value == pytest.approx(0.44, abs=0.005)


def test_effects_are_those_that_the_tables_give(on_paper):
    assert on_paper["ia3_unseen_gain"][0].deciding.value == pytest.approx(15.035)
    assert on_paper["lora_unseen_gain"][0].deciding.value == pytest.approx(-0.49, abs=0.005)
    larger = on_paper["larger_model_better"][0]
    failing = {one.name for one in larger.comparisons if one.verdict == NOT_SUPPORTED}
    assert failing == {"Prefix, connector frozen", "Prefix, connector tuned"}


def test_every_reading_of_scores_finds_its_cells_in_the_paper(on_paper):
    for one in (one for readings in on_paper.values() for one in readings):
        curves = "the study has no loss curves of it" if one.reading.of.loss else ""
        assert (one.missing, bool(one.comparisons)) == (curves, not curves)


@pytest.mark.parametrize("claim", ["size_adapter", "size_lora", "size_prefix"])
def test_of_figure_5_the_paper_states_one_point_and_draws_three(on_paper, claim):
    first, second = on_paper[claim]
    assert first.verdict == OPEN
    assert {one.why for one in first.comparisons} == {GAP}
    assert len(first.comparisons) == 3
    # Table 6 is of other questions and of three seeds
    assert second.verdict == (SUPPORTED if claim == "size_adapter" else NOT_SUPPORTED)


def test_printed_standard_deviations_of_three_runs_tell_little(on_paper):
    (one,) = on_paper["adapter_small_steadier_okvqa"]
    assert one.verdict == OPEN
    assert one.deciding.value == pytest.approx(0.84 / 0.21)
    low, high = one.deciding.interval
    assert low < 1 < high


def test_an_interval_beyond_the_bound_supports_or_contradicts(tmp_path):
    data = study_of(tmp_path)  # a tuned connector gives two points
    where = {"model": ["LLaVA-1.5-7B", "LLaVA-1.5-13B"]}
    wanted = judged(data, TUNED, where=where)
    assert wanted.verdict == SUPPORTED
    assert wanted.deciding.interval[0] > 0
    other = {"kind": "greater", "greater": TUNED["than"], "than": TUNED["greater"]}
    assert judged(data, other).verdict == NOT_SUPPORTED
    much = judged(data, TUNED | {"by": 2.0})
    assert much.verdict == OPEN
    assert much.deciding.interval[0] < 2 < much.deciding.interval[1]


def test_a_relative_claim_is_shown_as_growth_and_judged_alike(synthetic_study):
    """In points and in per cent of the smaller mean an interval has its bound, or has it not."""
    lora = {"kind": "greater", "greater": {"method": "LoRA"}, "than": {"method": "IA3"}}
    means = synthetic_study.results.query("experiment == 'main' and headline")
    means = means.groupby("method_label", observed=True)["value"].mean()
    growth = 100 * (means["LoRA"] / means["IA3"] - 1)
    for times, verdict in ((1.01, SUPPORTED), (1 + growth / 100, OPEN), (1.5, NOT_SUPPORTED)):
        found = judged(synthetic_study, lora | {"times": times})
        one = found.deciding
        assert (found.verdict, one.unit) == (verdict, GROWTH)
        assert (one.value, one.bound) == pytest.approx((growth, 100 * (times - 1)))
        low, high = one.interval
        assert (low > one.bound, high < one.bound) == (
            verdict == SUPPORTED,
            verdict == NOT_SUPPORTED,
        )
    assert judged(synthetic_study, lora | {"times": 1.01, "by": 1.0}).deciding.unit == POINTS


def test_what_is_compared_is_paired(tmp_path):
    """Without pairing, items that scatter by 10 would hide a difference of 2."""
    study = synthetic.study()
    data = synthetic.collected(synthetic.write_records(tmp_path, study), study)
    number = data.items["id"].astype(str).astype(int)
    difficulty = np.random.default_rng(0).normal(0, 30, 100)
    noise = np.random.default_rng(1).normal(0, 1, len(number))
    data.items["score"] += (difficulty[number] + noise).astype("float32")
    found = judged(data, TUNED, where={"model": "LLaVA-1.5-7B", "method": "LoRA"})
    low, high = found.deciding.interval
    assert 1 < low < high < 3


def test_all_of_several_comparisons_must_hold_or_a_share_of_them(tmp_path):
    def score(run):
        worse = run.method in ("ia3", "prefix") and run.connector == "tuned"
        return synthetic.run_score(run) - (30.0 if worse else -10.0)

    data = study_of(tmp_path, score, noise=2.0)
    each = judged(data, TUNED, for_each=["method"])
    assert [one.verdict for one in each.comparisons] == [SUPPORTED] * 2 + [NOT_SUPPORTED] * 2
    assert each.verdict == NOT_SUPPORTED
    assert each.deciding.value < -20
    assert judged(data, TUNED, for_each=["method"], at_least=0.5).verdict == SUPPORTED
    assert judged(data, TUNED, for_each=["method"], at_least=0.51).verdict == NOT_SUPPORTED


def test_one_of_many_contradictions_must_be_a_strong_one(tmp_path):
    """Where nothing is true, some of 32 intervals lie on one side by chance."""
    data = study_of(tmp_path, lambda run: 50.0, noise=0.0)
    wrong = 0
    for seed in range(10):
        drawn = np.random.default_rng(seed).normal(50, 10, len(data.items))
        noisy = data.items.assign(score=drawn.astype("float32"))
        again = Collected(data.results, data.losses, data.study, items=noisy)
        found = judged(again, TUNED, for_each=["model", "method", "dataset"])
        assert len(found.comparisons) == 32
        wrong += found.verdict == NOT_SUPPORTED
    # without the correction half of them would be
    assert wrong <= 1


def test_best_is_better_than_each_other(tmp_path):
    data = study_of(tmp_path)
    best = {"kind": "best", "best": {"method": "LoRA"}}
    found = judged(data, best, where={"seen": False})
    assert found.verdict == SUPPORTED
    assert [one.name for one in found.comparisons] == [
        f"LoRA against {other}" for other in ("Adapter", "IA3", "Prefix")
    ]
    two = {"kind": "best", "best": {"method": ["LoRA", "Adapter"]}}
    assert len(judged(data, two).comparisons) == 4
    assert judged(data, best | {"lowest": True}).verdict == NOT_SUPPORTED


def test_contrasts_and_steps(tmp_path):
    data = study_of(tmp_path)
    gain = {
        "kind": "contrast",
        "terms": [
            {"times": 1.0, "mean": {"method": "LoRA", "seen": False}},
            {"times": -1.0, "mean": {"method": "LoRA", "seen": True}},
        ],
        "exceeds": -20.0,  # 60 - 73
    }
    found = judged(data, gain)
    assert found.verdict == SUPPORTED
    assert found.deciding.value == pytest.approx(-13, abs=2)
    steps = {"kind": "rising", "rising": {"method": ["Prefix", "IA3", "LoRA"]}}
    names = [one.name for one in judged(data, steps).comparisons]
    assert names == ["Prefix → IA3", "IA3 → LoRA"]


def test_spread_over_seeds_is_compared_where_there_are_several(tmp_path):
    def score(run):
        wide = 40.0 if run.dataset == "mini-scienceqa" else 0.5
        return 50 + wide * (run.init_seed - 42) / 42

    data = study_of(tmp_path, score, noise=0.0)
    steady = {
        "kind": "steadier",
        "steadier": {"dataset": "OKVQA"},
        "than": {"dataset": "SQA (img)"},
    }
    found = judged(data, steady, {"experiment": "seed_noise"})
    assert found.verdict == SUPPORTED
    assert found.deciding.value == pytest.approx(80)
    single = judged(data, steady)
    assert (single.verdict, single.comparisons[0].why) == (OPEN, "n=1")


def test_a_reading_can_be_of_all_test_questions_and_one_seed(sweeps):
    """Only those without an image tell the two sizes apart."""
    rows = sweeps.results.query("experiment == 'size' and method == 'adapter' and seed == 42")
    (record,) = rows.query("size_label == 256 and dataset == 'mini-scienceqa'")[
        "scores_record"
    ].unique()
    items = sweeps.items.copy()
    items.loc[(items["scores_record"] == record) & ~items["headline"], "score"] = 100.0
    best = {"kind": "best", "best": {"size": 256}}
    where = {"method": "Adapter", "dataset": "SQA (img)"}
    data = replace(sweeps, items=items)
    whole = {"experiment": "size", "metric": "option_accuracy_all", "seed": 42}
    found = judged(data, best, whole, where=where)
    assert (found.verdict, found.deciding.runs) == (SUPPORTED, (1,))
    low, high = found.deciding.interval
    assert low < 100 * 5 / 55 < high
    headline = judged(data, best, {"experiment": "size"}, where=where)
    assert (headline.comparisons[0].why, headline.comparisons[0].runs) == (CONSTANT, (3,))
    other = judged(data, best, whole | {"seed": 1}, where=where)
    assert other.missing == "no run of 'size' has metric option_accuracy_all, seed 1"


def test_gaps_leave_a_claim_open(tmp_path):
    study = synthetic.study()
    folder = synthetic.write_records(tmp_path, study)
    synthetic.fail(folder, study.runs[0], "out of memory")
    found = judged(synthetic.collected(folder, study), TUNED)
    assert found.verdict == OPEN
    assert math.isnan(found.comparisons[0].value)
    assert found.deciding is None


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"of": {"experiment": "size"}}, "the study has no experiment 'size'"),
        ({"where": {"model": "Qwen-VL-Chat"}}, "no cell of model Qwen-VL-Chat"),
        ({"where": {"dataset": ["OKVQA", "VizWiz"]}}, "no cell of data set VizWiz"),
        ({"where": {"method": "LoRA", "size": 256}}, "no cell of LoRA, 256"),
        ({"where": {"method": "Prefix"}, "for_each": ["location"]}, "no cell has a location"),
    ],
)
def test_what_a_study_lacks_is_named(synthetic_study, more, missing):
    found = judged(synthetic_study, TUNED, **more)
    assert (found.verdict, found.missing) == (OPEN, missing)


def test_sides_of_a_comparison_cover_the_same_data_sets(reported):
    uneven = reported.results
    uneven = uneven[(uneven["method_label"] != "LoRA") | (uneven["dataset_label"] != "OKVQA")]
    data = Collected(uneven, reported.losses, reported.study)
    found = judged(data, {"kind": "best", "best": {"method": "LoRA"}})
    assert found.missing == "cells that are compared differ in dataset"
