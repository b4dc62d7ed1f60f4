"""What the paper's print has wrong, found by rules: nothing here knows where an error is.

Misprints contradict what the paper prints elsewhere; inconsistencies are pairs of results that
cannot both come from the runs that the paper describes.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mmpeft.aggregation import OK, SETTINGS
from mmpeft.datasets.registry import DATASETS
from mmpeft.models.facts import FACTS
from mmpeft.reported.printed import AVERAGE, LABELS

ANSWERS_PER_TYPE = 12  # MMHal-Bench: 96 questions of 8 types
_OVERALL = "mmhal_score"
_RATE = "mmhal_hallucination_rate"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule found: where, what is printed there, and what contradicts it."""

    rule: str
    where: str
    what: str
    printed: str
    against: str


def misprints(results: pd.DataFrame, printed: pd.DataFrame) -> list[Finding]:
    """Errors of print in a reported study: its `results`, and `printed` with its averages."""
    return [
        *_averages(printed),
        *_grades(printed),
        *_other_table(results),
        *_performance(printed),
        *_registry(printed),
    ]


def inconsistencies(results: pd.DataFrame) -> list[Finding]:
    """Means over seeds that contradict each other, or the single run that is one of them."""
    rows = results[(results["kind"] == "run") & results["headline"] & (results["status"] == OK)]
    found = []
    for _, same in rows.groupby(list(SETTINGS), dropna=False):
        means, single = same[same["runs"] > 1], same[same["runs"] == 1]
        first = single.iloc[0] if len(single) else None
        for mean in means.itertuples():
            if first is not None:
                found += _outside(mean, first)
        for mean in means.iloc[1:].itertuples():
            found += _unequal(means.iloc[0], mean)
    return found


def compared_averages(printed: pd.DataFrame) -> pd.DataFrame:
    """Each printed average with the mean of its parts.

    Columns: those of `printed`, mean, allowed (the difference that rounding explains). An average
    of a table is that of its values with the same labels; the overall grade that of all types.
    """
    rows = []
    for average in printed[_is_average(printed)].to_dict("records"):
        parts = printed[
            (printed["table"] == average["table"])
            & ~_is_average(printed)
            & ~printed["quantity"].isin([_RATE])
        ]
        for label in LABELS:
            if pd.notna(average[label]):
                parts = parts[parts[label] == average[label]]
        if len(parts) and average["quantity"] != _RATE:
            allowed = (average["step"] + parts["step"].mean()) / 2
            if average["table"] == "Table 7":  # counts of captions are exact
                allowed = average["step"] / 2
            rows.append({**average, "mean": parts["value"].mean(), "allowed": allowed})
    return pd.DataFrame(rows, columns=[*printed.columns, "mean", "allowed"])


def _is_average(printed: pd.DataFrame) -> pd.Series:
    inside = (printed["quantity"] == AVERAGE) & (printed["table"] != "Table 15")
    return inside | (printed["quantity"] == _OVERALL)


def _averages(printed: pd.DataFrame) -> Iterator[Finding]:
    for line in compared_averages(printed).itertuples():
        if abs(line.value - line.mean) > line.allowed + 1e-9:
            yield Finding(
                rule="average of its parts",
                where=line.table,
                what=f"{named(line)}, average",
                printed=line.text,
                against=f"mean of the printed values {line.mean:.3f}",
            )


def _grades(printed: pd.DataFrame) -> Iterator[Finding]:
    """A mean of twelve whole grades is a multiple of a twelfth."""
    kinds = printed["quantity"].str.startswith("mmhal_")
    for line in printed[kinds & ~printed["quantity"].isin([_OVERALL, _RATE])].itertuples():
        nearest = round(line.value * ANSWERS_PER_TYPE) / ANSWERS_PER_TYPE
        if abs(line.value - nearest) > line.step / 2 + 1e-9:
            kind = line.quantity.removeprefix("mmhal_").capitalize()
            yield Finding(
                rule="grade of twelve answers",
                where=line.table,
                what=f"{named(line)}, {kind}",
                printed=line.text,
                against=f"nearest mean of {ANSWERS_PER_TYPE} whole grades {nearest:.2f}",
            )


def _other_table(results: pd.DataFrame) -> Iterator[Finding]:
    """One run that two experiments share has one score."""
    rows = results[(results["kind"] == "run") & results["headline"] & (results["status"] == OK)]
    single = rows[rows["runs"] == 1]
    for _, same in single.groupby("run", sort=False):
        first = same.iloc[0]
        for other in same.iloc[1:].itertuples():
            if other.value != first["value"]:
                yield Finding(
                    rule="same run, other table",
                    where=f"{other.experiment} against {first['experiment']}",
                    what=named(other),
                    printed=f"{other.value:g}",
                    against=f"{first['value']:g}{_copied(other, single, first['experiment'])}",
                )


def _copied(row: Any, rows: pd.DataFrame, experiment: str) -> str:
    """Say of which cell of the other table the value is, if one differs in a single label."""
    axes = ("connector_label", "dataset_label")
    near = rows[(rows["experiment"] == experiment) & (rows["value"] == row.value)]
    near = near[(near["model"] == row.model) & (near["method"] == row.method)]
    for other in near.itertuples():
        changed = [axis for axis in axes if getattr(other, axis) != getattr(row, axis)]
        if len(changed) == 1:
            name = changed[0].removesuffix("_label")
            return f"; {row.value:g} is there the value of {name} {getattr(other, changed[0])}"
    return ""


def _performance(printed: pd.DataFrame) -> Iterator[Finding]:
    """The performance of Table 15 is the average of Table 1."""
    averages = printed[printed["quantity"] == AVERAGE]
    axes = ["model_label", "method_label", "connector_label"]
    tables = [averages[averages["table"] == table] for table in ("Table 15", "Table 1")]
    for line in tables[0].merge(tables[1], on=axes, suffixes=("", "_1")).itertuples():
        if line.value != line.value_1:
            yield Finding(
                rule="same run, other table",
                where="Table 15 against Table 1",
                what=f"{named(line)}, average",
                printed=line.text,
                against=line.text_1,
            )


def _registry(printed: pd.DataFrame) -> Iterator[Finding]:
    """What documents data sets and models is what the registries say."""
    specs = {spec.label: spec for spec in DATASETS.values() if not spec.mini}
    for line in printed[printed["part"] == "datasets"].itertuples():
        spec = specs[line.dataset_label]
        known = {"Type": "Seen" if spec.seen else "Unseen", "Answer type": spec.answer_type}
        yield from _unlike(line, known[line.quantity], line.dataset_label)
    for line in printed[printed["part"] == "hyperparameters"].itertuples():
        facts = FACTS[line.model_label]
        known = {"ViT": facts.vision, "LLM": facts.language, "Connector": facts.connector}
        if line.quantity in known:
            yield from _unlike(line, known[line.quantity], line.model_label)


def _unlike(line: Any, known: str, of: str) -> Iterator[Finding]:
    if _plain(line.text) != _plain(known):
        yield Finding(
            rule="registry",
            where=line.table,
            what=f"{of}, {line.quantity}",
            printed=line.text,
            against=known,
        )


def _plain(name: str) -> str:
    """A name without case, hyphens and the like: ways to write one thing."""
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("attention", "attn"))


def _outside(mean: Any, single: pd.Series) -> Iterator[Finding]:
    """No value lies further from the mean of n than (n - 1) / sqrt(n) standard deviations.

    That is for sample deviations; the paper does not say which it prints, so the wider bound for
    population deviations, sqrt(n - 1), is taken, and what rounding allows is added.
    """
    bound = math.sqrt(mean.runs - 1) * (mean.sd + 0.005) + 0.1
    away = abs(single["value"] - mean.value)
    if away > bound + 1e-9:
        yield Finding(
            rule="run outside its mean",
            where=f"{single['experiment']} against {mean.experiment}",
            what=named(mean),
            printed=f"{single['value']:g}",
            against=f"{mean.value:.1f} ± {mean.sd:.2f} of {mean.runs} runs allows {bound:.2f} points",
        )


def _unequal(one: pd.Series, other: Any) -> Iterator[Finding]:
    if (one["value"], one["sd"]) != (other.value, other.sd):
        yield Finding(
            rule="same runs, other table",
            where=f"{other.experiment} against {one['experiment']}",
            what=named(other),
            printed=f"{other.value:.1f} ± {other.sd:.2f}",
            against=f"{one['value']:.1f} ± {one['sd']:.2f}",
        )


def named(row: Any) -> str:
    """The labels of a row that tell its cell."""
    axes = ("model", "method", "location", "connector", "samples", "dataset", "target")
    labels = [getattr(row, f"{axis}_label", None) for axis in axes]
    place = getattr(row, "epoch_place", None)
    known = (label for label in labels if pd.notna(label))
    told = [f"{label:g}" if isinstance(label, float) else str(label) for label in known]
    return " / ".join([*told, *([f"epoch {place:g}"] if pd.notna(place) else [])])
