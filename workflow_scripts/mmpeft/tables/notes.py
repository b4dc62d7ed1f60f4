"""Notes below a table: which study it is, what its labels and scores stand for."""

from collections.abc import Iterable, Sequence

import pandas as pd

from mmpeft import aggregation, axes
from mmpeft.aggregation import OK
from mmpeft.axes import AXES

INTERVALS = (
    "Intervals: 95 %, bootstrap of the differences over test items, and over seeds where a cell "
    "has several; with one run, they do not say what another seed would give."
)


def study(rows: pd.DataFrame) -> str:
    """Say which study this is and which models its labels stand for."""
    models = rows.drop_duplicates("model_label").sort_values("model_label")
    named = ", ".join(f"{row.model_label} = {row.model}" for row in models.itertuples())
    return f"Study {rows['study'].iloc[0]!r}: {named}."


def scale(rows: pd.DataFrame, shown: Iterable[str]) -> list[str]:
    """Say which values stand behind the paper's labels on the axes `shown`, where they differ."""
    notes = []
    for name in shown:
        axis, label = AXES[name], f"{name}_label"
        if axis.actual is None:
            continue
        pairs = rows[["method_label", label, axis.actual]].dropna()
        if (pairs[label].astype(float) == pairs[axis.actual].astype(float)).all():
            continue
        methods: dict[str, list[str]] = {}
        for method, group in pairs.groupby("method_label", observed=True, sort=True):
            methods.setdefault(_used(name, group), []).append(str(method))
        used = "; ".join(
            values if len(methods) == 1 else f"{' and '.join(names)} {values}"
            for values, names in methods.items()
        )
        notes.append(f"{axis.heading}: the paper's labels; used here: {used}.")
    return notes


def _used(axis: str, pairs: pd.DataFrame) -> str:
    """Write each label with its value: 32 = 2, 64 = 4."""
    actual = AXES[axis].actual
    texts = []
    for label, group in pairs.groupby(f"{axis}_label", observed=True, sort=True):
        values = sorted(group[actual].unique(), reverse=True)
        texts.append(f"{axes.text(axis, label)} = {' or '.join(map(AXES[axis].number, values))}")
    return ", ".join(texts)


def runs(numbers: Iterable[int]) -> str:
    """Say how many runs a cell has."""
    return f"Runs per cell: n = {' or '.join(map(str, sorted(set(numbers))))}."


def best(what: str, within: Sequence[str]) -> str:
    """Say what bold means: the best of a column, or for each value of what `within` names."""
    names = " and ".join(within)
    block = f" for each {names}" if names else ""
    return f"Bold: best {what} of a column{block}, unless all are equal."


def mixture(rows: pd.DataFrame) -> list[str]:
    """Say which data sets make an average one of percent and CIDEr x 100, if any do."""
    mixed = aggregation.mixed_in(rows)
    if not mixed:
        return []
    return [
        f"Averages, as the paper's, mix {' and '.join(mixed)} in CIDEr x 100, which has no upper "
        "end, with scores in percent, and follow it the more the larger it is."
    ]


def datasets(rows: pd.DataFrame) -> list[str]:
    """Say which data sets are unseen, and what each one's score is and how many items it has."""
    sets = rows.drop_duplicates("dataset_label").sort_values("dataset_label")
    notes = []
    for seen, name in ((False, "Unseen"), (True, "Seen")):
        labels = sets.loc[sets["seen"] == seen, "dataset_label"].astype(str)
        if len(labels):
            notes.append(f"{name}: {', '.join(labels)}.")
    return [*notes, *definitions(rows, "dataset")]


def definitions(rows: pd.DataFrame, axis: str) -> list[str]:
    """Say what the score of each data set on an axis is, and how many items it has."""
    scored = rows[rows["status"] == OK]
    notes = []
    for definition, group in scored.groupby("definition", sort=False):
        items = group.groupby(f"{axis}_label", observed=True)["n"].max()
        labels = (
            str(label) if pd.isna(n) else f"{label} ({axes.count(n)} test items)"
            for label, n in items.items()
        )
        notes.append(f"{', '.join(labels)}: {definition}.")
    return notes
