"""The table that compares methods at sizes with about equally many parameters."""

from collections.abc import Iterator
from itertools import combinations

import pandas as pd

from mmpeft import aggregation, axes, contrasts
from mmpeft.artefacts.kinds import MatchedTable
from mmpeft.axes import AXES
from mmpeft.collected import Collected
from mmpeft.contrasts import Effect
from mmpeft.tables import notes
from mmpeft.tables.lines import Line, difference, gap_for
from mmpeft.tables.model import Cell, Table

_PLACE = ["method_label", "size_label"]


def pairs(sizes: pd.DataFrame, factor: float) -> Iterator[tuple[pd.Series, pd.Series]]:
    """Find the sizes of different methods that are closest to each other in parameters.

    sizes: one row per method_label and size_label with its `parameters`. Yields pairs of its rows,
    by method and size: each is the closest size of its method to the other one, by ratio, and the
    larger has at most `factor` times the parameters of the smaller.
    """
    by_method = [group for _, group in sizes.groupby("method_label", observed=True, sort=True)]
    for ours, theirs in combinations(by_method, 2):
        for _, one in ours.iterrows():
            other = _closest(one, theirs)
            mutual = _closest(other, ours).equals(one)
            if mutual and _ratio(one["parameters"], other["parameters"]) <= factor:
                yield one, other


def _closest(one: pd.Series, others: pd.DataFrame) -> pd.Series:
    ratios = others["parameters"].map(lambda parameters: _ratio(one["parameters"], parameters))
    return others.loc[ratios.idxmin()]


def _ratio(one: float, other: float) -> float:
    return max(one, other) / min(one, other)


def matched_table(data: Collected, spec: MatchedTable) -> Table:
    """Build the table of pairs, one line for each pair, model and data set."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    cells = contrasts.of(data, rows, ["model_label", "dataset_label", *_PLACE])
    table = cells.table
    counts = rows.dropna(subset=["method_parameters"])
    shown: list[tuple[pd.Series, ...]] = []
    for model, of_model in table.groupby("model_label", observed=True, sort=True):
        sizes = counts[counts["model_label"] == model].groupby(_PLACE, observed=True)
        parameters = sizes["method_parameters"].first().rename("parameters").reset_index()
        for one, other in pairs(parameters, spec.factor):
            places = (_of(of_model, one), _of(of_model, other))
            for (_, ours), (_, theirs) in zip(*(p.iterrows() for p in places), strict=True):
                shown.append((one, other, ours, theirs))
    effects = cells.effects([{ours.name: 1.0, theirs.name: -1.0} for *_, ours, theirs in shown])
    lines: list[Line] = []
    for (one, other, ours, theirs), effect in zip(shown, effects, strict=True):
        labels = (ours["model_label"], _name(one), _name(other), ours["dataset_label"])
        lines.append((tuple(map(str, labels)), _cells(one, other, ours, theirs, effect)))
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=(AXES["model"].heading, "Method", "Other method", AXES["dataset"].heading),
        columns=("Parameters", "of the other", "Ratio", "Score", "of the other", "Difference"),
        rows=tuple(lines),
        notes=(
            notes.study(rows),
            "Parameters: those of the method, without the connector, which all methods tune alike.",
            "A pair: of two methods those sizes that are closest to each other, if one has at most "
            f"{spec.factor:g} times the parameters of the other. Methods without a size, such as "
            "IA3, have no pair.",
            "Scores: mean ± sample standard deviation over seeds; difference of the means, method "
            "less other method.",
            notes.INTERVALS,
            notes.runs(table["runs"]),
            *notes.scale(rows, ["size"]),
            *notes.datasets(rows),
        ),
        beside=("low", "high"),
    )


def _of(cells: pd.DataFrame, place: pd.Series) -> pd.DataFrame:
    return cells[(cells[_PLACE] == place[_PLACE]).all(axis=1)]


def _name(place: pd.Series) -> str:
    return f"{place['method_label']} {axes.text('size', place['size_label'])}"


def _cells(
    one: pd.Series, other: pd.Series, ours: pd.Series, theirs: pd.Series, effect: Effect
) -> tuple[Cell, ...]:
    counted = [Cell(axes.count(x["parameters"]), int(x["parameters"])) for x in (one, other)]
    ratio = one["parameters"] / other["parameters"]
    scores = [_score(ours), _score(theirs)]
    gaps = [score for score in scores if score.gap]
    told = gaps[0] if gaps else difference(effect)
    return (*counted, Cell(f"{ratio:.2f}", float(ratio)), *scores, told)


def _score(cell: pd.Series) -> Cell:
    if pd.isna(cell["value"]):
        return gap_for(cell["status"])
    spread = "" if pd.isna(cell["sd"]) else f" ± {cell['sd']:.1f}"
    return Cell(f"{cell['value']:.1f}{spread}", float(cell["value"]))
