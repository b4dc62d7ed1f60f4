"""How informative a study is: each method against the un-tuned base, chance and seed noise.

The aims are those that the mini models and data sets were made for; a missed one is a finding about
the study, not an error in it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from mmpeft import aggregation
from mmpeft.aggregation import OK, SETTINGS

LEAST_GAIN = 15.0  # points over the base on unseen sets
LARGEST_SEEN_GAP = 5.0  # points between tuned models and base on seen sets; our reading of "close"
# Two runs that differ by seed alone differ by less than this many of their sd, 19 times in 20.
NOISE_FACTOR = 1.96 * math.sqrt(2)
STRONG_METHODS = ("LoRA", "Adapter")


@dataclass(frozen=True)
class Aim:
    """One aim; `met` is None if the study holds nothing to test it with."""

    name: str
    met: bool | None
    detail: str


def distinct_runs(results: pd.DataFrame) -> pd.DataFrame:
    """Headline rows of all scored runs, each once however many experiments share it."""
    rows = results[(results["kind"] == "run") & results["headline"] & (results["status"] == OK)]
    return rows.drop_duplicates("run")


def seed_noise(results: pd.DataFrame) -> pd.DataFrame:
    """Standard deviation over seeds of runs that are equal but for initialisation and order.

    Only settings of the experiment "main" count: how far a sweep's odd values scatter says nothing
    about the main table. One row per group of at least two runs: the axes, method_label,
    dataset_label, mean, sd (sample standard deviation, points), n.
    """
    groups = [*SETTINGS, "method_label", "dataset_label"]
    runs = aggregation.with_settings_of(distinct_runs(results), results, "main")
    grouped = runs.groupby(groups, observed=True, dropna=False)
    noise = grouped["value"].agg(mean="mean", sd="std", n="size").reset_index()
    return noise[noise["n"] > 1].reset_index(drop=True)


def pooled_sd(noise: pd.DataFrame) -> float:
    """Root of the mean variance, weighted by degrees of freedom."""
    freedom = noise["n"] - 1
    return math.sqrt((noise["sd"] ** 2 * freedom).sum() / freedom.sum())


def summary(results: pd.DataFrame, connector: str) -> pd.DataFrame:
    """Mean scores over models: one row a data set, columns seen, chance, base and each method.

    Runs are those of the experiment "main" with that connector state; a column is NaN where a cell
    is a gap. The last column is the pooled seed noise (sd in points; NaN if not measured).
    """
    rows = aggregation.headline_scores(results, "run", "main")
    rows = rows[rows["connector"] == connector]
    cells = aggregation.cells(rows, ["dataset_label", "method_label", "model_label"])
    methods = aggregation.averages(cells, ["dataset_label", "method_label"])
    table = methods.pivot(index="dataset_label", columns="method_label", values="value")
    table.columns = [str(name) for name in table.columns]
    for place, kind in enumerate(("constant", "base")):
        baseline = aggregation.headline_scores(results, kind)
        table.insert(place, kind, baseline.groupby("dataset_label", observed=True)["value"].mean())
    seen = rows.drop_duplicates("dataset_label").set_index("dataset_label")["seen"]
    table.insert(0, "seen", seen)
    noise = seed_noise(results)
    by_dataset = {
        label: pooled_sd(group) for label, group in noise.groupby("dataset_label", observed=True)
    }
    table["seed sd"] = [by_dataset.get(label, math.nan) for label in table.index]
    return table


def aims(results: pd.DataFrame) -> list[Aim]:
    """Test every aim on the runs with a tuned connector."""
    main = results["experiment"] == "main"
    if not (main & (results["connector"] == "tuned")).any():
        return [Aim("any aim", None, "the study has no main run with a tuned connector")]
    table = summary(results, "tuned")
    unseen, seen = table[~table["seen"]], table[table["seen"]]
    strong = [method for method in STRONG_METHODS if method in table]
    found = [_gain(method, unseen) for method in strong]
    found.append(_above_chance(strong, unseen))
    found.append(_close_to_base(seen, [m for m in table if m not in _NOT_METHODS]))
    found.append(_beyond_noise(seed_noise(results)))
    return found


_NOT_METHODS = ("seen", "constant", "base", "seed sd")


def _gain(method: str, unseen: pd.DataFrame) -> Aim:
    name = f"{method} beats the un-tuned base on unseen sets by >= {LEAST_GAIN:g} points on average"
    gains = unseen[method] - unseen["base"]
    if gains.empty or gains.isna().any():
        return Aim(name, None, "no complete unseen set")
    each = ", ".join(f"{label} {gain:+.1f}" for label, gain in gains.items())
    return Aim(name, bool(gains.mean() >= LEAST_GAIN), f"{gains.mean():+.1f} ({each})")


def _above_chance(methods: Iterable[str], unseen: pd.DataFrame) -> Aim:
    names = list(methods)
    name = f"{' and '.join(names)} beat the best constant answer on every unseen set"
    margins = {
        f"{method} on {label}": line[method] - line["constant"]
        for label, line in unseen.iterrows()
        for method in names
    }
    if not margins or any(math.isnan(margin) for margin in margins.values()):
        return Aim(name, None, "no complete unseen set")
    least = min(margins, key=margins.get)
    return Aim(name, margins[least] > 0, f"smallest margin {margins[least]:+.1f} ({least})")


def _close_to_base(seen: pd.DataFrame, methods: list[str]) -> Aim:
    name = f"on seen sets tuned models lie within {LARGEST_SEEN_GAP:g} points of the base"
    gaps = (seen[methods].mean(axis=1, skipna=False) - seen["base"]).astype(float)
    if gaps.empty or gaps.isna().any():
        return Aim(name, None, "no complete seen set")
    each = ", ".join(f"{label} {gap:+.1f}" for label, gap in gaps.items())
    return Aim(name, bool((gaps.abs() <= LARGEST_SEEN_GAP).all()), f"mean over methods: {each}")


def _beyond_noise(noise: pd.DataFrame) -> Aim:
    name = "methods differ by more than seed noise"
    verdicts: Mapping[str, tuple[float, float]] = {
        f"{dataset} ({model}, connector {connector})": (
            group["mean"].max() - group["mean"].min(),
            NOISE_FACTOR * pooled_sd(group),
        )
        for (dataset, model, connector), group in noise.groupby(
            ["dataset_label", "model", "connector"], observed=True
        )
        if group["method"].nunique() > 1
    }
    if not verdicts:
        return Aim(name, None, "no methods with two seeds or more")
    detail = "; ".join(
        f"{place}: best - worst = {spread:.1f}, two runs of one method differ by < {limit:.1f}"
        for place, (spread, limit) in verdicts.items()
    )
    return Aim(name, all(spread > limit for spread, limit in verdicts.values()), detail)
