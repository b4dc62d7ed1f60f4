"""Readings of loss curves: on the sweeps, whose curves are the same for all methods."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmpeft import claims
from mmpeft.claims.config import Claim
from mmpeft.claims.curves import spread
from mmpeft.claims.verdicts import NATS, RATIO, Verdict

SUPPORTED, NOT_SUPPORTED, OPEN = Verdict
DEFAULTS = {"experiment": "learning_rate", "settings_of": "main"}  # three seeds each
LONG = {"experiment": "long", "loss": "rise"}  # one seed
SQA = {"dataset": "SQA (img)"}
STEADY = {"kind": "steadier", "steadier": {"method": "IA3"}, "than": {"method": "LoRA"}}


def judged(data, of, predicate, **more):
    reading = {"reading": "one", "of": of, "predicate": predicate} | more
    claim = Claim(
        id="one", source="", text="", artefact="figure03_loss_scienceqa", readings=[reading]
    )
    ((_, (found,)),) = claims.judge(data, [claim])
    return found


def changed(data, method, change, split="validation"):
    """The losses of a method's runs, changed by a function of (losses, seeds, epochs)."""
    losses = data.losses.copy()
    runs = data.results.drop_duplicates("run").set_index("run")
    of_run = losses["run"].astype(str)
    own = of_run.map(runs["method_label"]).eq(method) & losses["split"].eq(split)
    seeds = of_run[own].map(runs["init_seed"]).astype(float)
    losses.loc[own, "loss"] = change(losses.loc[own, "loss"], seeds, losses.loc[own, "epoch"])
    return replace(data, losses=losses)


def test_a_rise_is_from_the_minimum_to_the_last_epoch_and_one_seed_says_nothing_of_it(sweeps):
    # 1 + (epoch - 4)^2 / 16: least after epoch 4, 4 more after epoch 12
    data = changed(sweeps, "LoRA", lambda loss, seeds, epochs: loss / 2)
    best = {"kind": "best", "best": {"method": "LoRA"}, "lowest": True}
    found = judged(data, LONG, best, where=SQA)
    assert found.verdict == OPEN
    assert [one.value for one in found.comparisons] == pytest.approx([2.0] * 3)
    assert {(one.why, one.unit, one.runs) for one in found.comparisons} == {("n=1", NATS, (1,))}


def test_a_rise_that_is_the_same_for_all_seeds_has_no_interval(sweeps):
    # after three epochs 1.0625 + 2, and 1.25 before; of the others the last epoch is the minimum
    data = changed(sweeps, "Prefix", lambda loss, seeds, epochs: loss + 2 * (epochs == 3))
    best = {"kind": "best", "best": {"method": "Prefix"}}
    found = judged(data, DEFAULTS | {"loss": "rise"}, best, where=SQA)
    assert {(one.why, one.runs) for one in found.comparisons} == {("nothing varies", (3,))}
    assert [one.value for one in found.comparisons] == pytest.approx([1.8125] * 3)


def test_a_greater_rise_in_all_seeds_supports(sweeps):
    def by_seed(loss, seeds, epochs):
        return loss + (2 + seeds / 100) * (epochs == 3)

    greater = {"kind": "greater", "greater": {"method": "Prefix"}, "than": {"method": "LoRA"}}
    data = changed(sweeps, "Prefix", by_seed)
    found = judged(data, DEFAULTS | {"loss": "rise"}, greater, where=SQA)
    assert found.verdict == SUPPORTED
    low, high = found.deciding.interval
    # t of three seeds: 4.3 standard errors of 0.21 / sqrt(3) either way
    assert low < found.deciding.value < high
    assert high - low == pytest.approx(2 * 4.3 * 0.21 / np.sqrt(3), rel=0.35)
    other = {"kind": "greater", "greater": {"method": "LoRA"}, "than": {"method": "Prefix"}}
    assert judged(data, DEFAULTS | {"loss": "rise"}, other, where=SQA).verdict == NOT_SUPPORTED


def test_a_spread_over_seeds_is_compared_by_fishers_f(sweeps):
    # seeds of 21, 42 and 63 move the training loss by half a nat
    data = changed(
        sweeps, "IA3", lambda loss, seeds, epochs: loss - 0.98 * (seeds - 42) / 42, "train"
    )
    found = judged(data, DEFAULTS | {"loss": "spread"}, STEADY, for_each=["dataset"])
    assert found.verdict == SUPPORTED
    assert len(found.comparisons) == 2
    assert found.deciding.unit == RATIO
    assert found.deciding.value == pytest.approx(50)
    alike = judged(sweeps, DEFAULTS | {"loss": "spread"}, STEADY, where=SQA)
    assert (alike.verdict, alike.deciding.value) == (OPEN, pytest.approx(1.0))


def test_one_seed_has_no_spread(sweeps):
    found = judged(sweeps, LONG | {"loss": "spread"}, STEADY, where=SQA)
    assert (found.verdict, found.comparisons[0].why) == (OPEN, "n=1")


def test_a_run_without_a_curve_is_a_gap(sweeps):
    runs = sweeps.results.query("experiment == 'long' and method == 'lora'")["run"]
    data = replace(sweeps, losses=sweeps.losses[~sweeps.losses["run"].isin(runs)])
    greater = {"kind": "greater", "greater": {"method": "Prefix"}, "than": {"method": "LoRA"}}
    found = judged(data, LONG, greater, where=SQA)
    assert (found.verdict, found.comparisons[0].why) == (OPEN, "a cell is a gap")
    nothing = replace(sweeps, losses=sweeps.losses[:0])
    assert judged(nothing, LONG, greater).missing == "the study has no loss curves of it"


def test_a_spread_is_pooled_over_the_training():
    steps = np.arange(1, 101)
    curves = [
        pd.DataFrame({"run": name, "step": steps, "split": "train", "loss": 2 - steps / 100 + far})
        for name, far in (("a", 0.0), ("b", np.where(steps > 50, 2.0, 0.0)))
    ]
    # 2 apart in half of the training (12.5 of 25 parts), 0 before
    assert spread(curves) == pytest.approx(np.sqrt((12 * 2 + 0.5) / 25), rel=0.02)
    assert np.isnan(spread(curves[:1]))
