"""What the paper's print has wrong, found by rules: nothing here knows where an error is.

Misprints contradict what the paper prints elsewhere; inconsistencies are pairs of results that
cannot both come from the runs that the paper describes.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mmpeft import axes
from mmpeft.aggregation import OK, SETTINGS
from mmpeft.datasets.facts import METRICS, SPLITS, TASKS, USUAL_SPLIT
from mmpeft.datasets.registry import DATASETS
from mmpeft.models.facts import FACTS
from mmpeft.reported.printed import AVERAGE, LABELS

ANSWERS_PER_TYPE = 12  # MMHal-Bench: 96 questions of 8 types
_OVERALL = "mmhal_score"
_RATE = "mmhal_hallucination_rate"
_COUNT = "hallucinated_captions"  # exact, as nothing is rounded


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
        *_other_table(results, printed),
        *_performance(printed),
        *_registry(printed),
    ]


def inconsistencies(results: pd.DataFrame, printed: pd.DataFrame) -> list[Finding]:
    """Means over seeds that contradict each other, or the single run that is one of them."""
    found = []
    rows = _scored(results, printed)
    several = rows[rows.duplicated(list(SETTINGS), keep=False)]
    for _, same in several.groupby(list(SETTINGS), dropna=False):
        means, single = same[same["runs"] > 1], same[same["runs"] == 1]
        for mean in means.itertuples():
            for one in single.head(1).itertuples():
                found += _outside(mean, one)
        for mean in means.iloc[1:].itertuples():
            found += _unequal(next(means.itertuples()), mean)
    return sorted(found, key=lambda one: one.rule)


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
            & (printed["quantity"] != _RATE)
        ]
        for label in LABELS:
            if pd.notna(average[label]):
                parts = parts[parts[label] == average[label]]
        if len(parts):
            rounding = parts["step"].where(parts["quantity"] != _COUNT, 0.0).mean()
            allowed = (average["step"] + rounding) / 2
            rows.append({**average, "mean": parts["value"].mean(), "allowed": allowed})
    return pd.DataFrame(rows, columns=[*printed.columns, "mean", "allowed"])


def _is_average(printed: pd.DataFrame) -> pd.Series:
    # Table 15 repeats averages without their parts
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


def _scored(results: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Headline scores of runs, with the `table` that prints them."""
    tables = printed.drop_duplicates("part").set_index("part")["table"]
    rows = results[(results["kind"] == "run") & results["headline"] & (results["status"] == OK)]
    labels = [column for column in rows if column.endswith("_label")]
    shown = rows[["experiment", "run", *SETTINGS, *labels, "value", "runs", "sd"]]
    return shown.assign(table=shown["experiment"].map(tables))


def _other_table(results: pd.DataFrame, printed: pd.DataFrame) -> Iterator[Finding]:
    """One run that two experiments share has one score."""
    rows = _scored(results, printed)
    single = rows[rows["runs"] == 1]
    for _, same in single[single.duplicated("run", keep=False)].groupby("run", sort=False):
        first = same.iloc[0]
        for other in same.iloc[1:].itertuples():
            if other.value != first["value"]:
                yield Finding(
                    rule="same run, other table",
                    where=f"{other.table} against {first['table']}",
                    what=named(other),
                    printed=f"{other.value:g}",
                    against=f"{first['value']:g}{_copied(other, single, first['experiment'])}",
                )


def _copied(row: Any, rows: pd.DataFrame, experiment: str) -> str:
    """Say of which cell of the other table the value is, if one differs in a single label."""
    labels = ("connector_label", "dataset_label")
    near = rows[(rows["experiment"] == experiment) & (rows["value"] == row.value)]
    near = near[(near["model"] == row.model) & (near["method"] == row.method)]
    for other in near.itertuples():
        changed = [label for label in labels if getattr(other, label) != getattr(row, label)]
        if len(changed) == 1:
            axis = changed[0].removesuffix("_label")
            return f"; {row.value:g} is there that of {axes.told(axis, getattr(other, changed[0]))}"
    return ""


def _performance(printed: pd.DataFrame) -> Iterator[Finding]:
    """The performance of Table 15 is the average of Table 1."""
    averages = printed[printed["quantity"] == AVERAGE]
    by = ["model_label", "method_label", "connector_label"]
    tables = [averages[averages["table"] == table] for table in ("Table 15", "Table 1")]
    for line in tables[0].merge(tables[1], on=by, suffixes=("", "_1")).itertuples():
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
        known = {
            "Task": TASKS[spec.label],
            "Split": SPLITS.get(spec.label, USUAL_SPLIT),
            "Metric": METRICS[spec.metric],
            "Answer type": spec.answer_type,
            "Type": "Seen" if spec.seen else "Unseen",
        }
        yield from _unlike(line, line.dataset_label, known)
    for line in printed[printed["part"] == "hyperparameters"].itertuples():
        facts = FACTS[line.model_label]
        known = {"ViT": facts.vision, "LLM": facts.language, "Connector": facts.connector}
        if line.quantity in known:
            yield from _unlike(line, line.model_label, known)


def _unlike(line: Any, of: str, known: Mapping[str, str]) -> Iterator[Finding]:
    """A text that is not the one `known` of its quantity, and of which other one it is."""
    if _plain(line.text) != _plain(known[line.quantity]):
        same = (name for name, text in known.items() if _plain(text) == _plain(line.text))
        others = "".join(f"; printed is its {name}" for name in same)
        yield Finding(
            rule="registry",
            where=line.table,
            what=f"{of}, {line.quantity}",
            printed=line.text,
            against=f"{known[line.quantity]}{others}",
        )


def _plain(name: str) -> str:
    """A name without case, hyphens and the like: ways to write one thing."""
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("attention", "attn"))


def _outside(mean: Any, single: Any) -> Iterator[Finding]:
    """No value lies further from the mean of n than (n - 1) / sqrt(n) standard deviations.

    That is for sample deviations; the paper does not say which it prints, so the wider bound for
    population deviations, sqrt(n - 1), is taken, and what rounding allows is added.
    """
    bound = math.sqrt(mean.runs - 1) * (mean.sd + 0.005) + 0.1
    away = abs(single.value - mean.value)
    if away > bound + 1e-9:
        yield Finding(
            rule="run outside its mean",
            where=f"{single.table} against {mean.table}",
            what=named(mean),
            printed=f"{single.value:g}",
            against=f"{_spread(mean)} of {mean.runs} runs allows {bound:.2f} points",
        )


def _unequal(one: Any, other: Any) -> Iterator[Finding]:
    if (one.value, one.sd) != (other.value, other.sd):
        yield Finding(
            rule="same runs, other table",
            where=f"{other.table} against {one.table}",
            what=named(other),
            printed=_spread(other),
            against=_spread(one),
        )


def _spread(mean: Any) -> str:
    return f"{mean.value:.1f} ± {mean.sd:.2f}"


def named(row: Any) -> str:
    """The labels of a row (a named tuple) that tell its cell."""
    labels = {axis: getattr(row, f"{axis}_label", getattr(row, axis, None)) for axis in _NAMING}
    return axes.cell_name(labels)


_NAMING = (
    "model",
    "method",
    "location",
    "connector",
    "visual_encoder",
    "samples",
    "dataset",
    "target",
    "epoch",
    "epoch_place",
)
