"""From a reading of a claim to what must be measured: contrasts of cells, each with a bound."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mmpeft import aggregation, axes
from mmpeft.claims.config import Best, Contrast, Greater, Reading, Rising, Source, Steadier, Where
from mmpeft.claims.curves import cells_of_losses
from mmpeft.collected import Collected
from mmpeft.contrasts import Cells, Weights, weighted
from mmpeft.datasets.registry import DATASETS

ItemScores = Mapping[tuple[Any, ...], pd.Series]  # as `items.by_record` gives them

_PLAIN = ("epoch", "epoch_place", "seen")  # columns that are not labels
_RUN_AXES = (
    "model",
    "method",
    "location",
    "size",
    "learning_rate",
    "connector",
    "visual_encoder",
    "samples",
    "dataset",
    "seen",
)
_EVALUATION_AXES = (*_RUN_AXES, "target", "epoch", "epoch_place")
# What both sides of a comparison must cover alike.
_GROUND = ("model", "dataset", "target")


class NotThere(ValueError):
    """The study lacks cells that a reading is about; the message says which."""


@dataclass(frozen=True)
class Linear:
    """One comparison: the contrast of `weights` is to exceed `bound` points.

    With a `base` it says that something exceeds `times` the mean of these cells.
    """

    name: str
    weights: Weights
    bound: float
    base: Weights | None = None
    times: float = 1.0


@dataclass(frozen=True)
class Spread:
    """One comparison: the sd over seeds of the cells `right` is to exceed that of `left`."""

    name: str
    left: tuple[int, ...]
    right: tuple[int, ...]


Instance = Linear | Spread


def cells_of(data: Collected, source: Source, scores: Callable[..., ItemScores]) -> Cells:
    """All cells of an experiment or evaluation; raises NotThere if the study has none.

    scores: `items.by_record` of the items of `data`.
    """
    kind, name = source.name
    if not (data.results[kind] == name).any():
        raise NotThere(f"the study has no {kind} {name!r}")
    if kind == "evaluation":
        rows = aggregation.evaluation_scores(data.results, name)
        return Cells(rows, list(map(_column, _EVALUATION_AXES)), scores(whole=False))
    by = list(map(_column, _RUN_AXES))
    rows = _runs(data, source, name)
    if source.loss is None:
        return Cells(rows, by, scores(whole=source.metric is not None))
    if not rows["run"].isin(data.losses["run"].unique()).any():
        raise NotThere("the study has no loss curves of it")
    return cells_of_losses(rows, data.losses, by, source.loss)


def _runs(data: Collected, source: Source, experiment: str) -> pd.DataFrame:
    """The rows of the runs that a reading is about; raises NotThere if there is none."""
    if source.metric is None:
        rows = aggregation.headline_scores(data.results, "run", experiment)
    else:
        rows = aggregation.whole_test_scores(data.results, experiment)
        measured = {
            name for name, spec in DATASETS.items() if f"{spec.metric}_all" == source.metric
        }
        rows = rows[rows["dataset"].isin(measured)]
    if source.settings_of is not None:
        rows = aggregation.with_settings_of(rows, data.results, source.settings_of)
    if source.seed is not None:
        rows = rows[rows["seed"] == source.seed]
    if rows.empty:
        wanted = {"metric": source.metric, "settings of": source.settings_of, "seed": source.seed}
        told = (f"{key} {value}" for key, value in wanted.items() if value is not None)
        raise NotThere(f"no run of {experiment!r} has {', '.join(told)}")
    return rows


def instances(reading: Reading, table: pd.DataFrame) -> list[Instance]:
    """All comparisons that a reading asks for, of cells in the `table` of `cells_of`.

    Raises NotThere if a label that it names, or what is to be compared, is not in the study.
    """
    table = _chosen(table, reading.where)
    if not reading.for_each:
        return list(_of_block(reading, table, ""))
    columns = [_column(axis) for axis in reading.for_each]
    found: list[Instance] = []
    for labels, block in table.groupby(columns, observed=True, sort=True):
        found += _of_block(reading, block, _named(dict(zip(reading.for_each, labels, strict=True))))
    if not found:
        raise NotThere(f"no cell has a {' and a '.join(reading.for_each)}")
    return found


def _of_block(reading: Reading, block: pd.DataFrame, name: str) -> Iterator[Instance]:
    """The comparisons of one value of `for_each`, which `name` is."""
    match reading.predicate:
        case Greater(greater=left, than=right, times=times, by=by):
            weights = _sum((1.0, _chosen(block, left)), (-times, _chosen(block, right)))
            relative = {"base": _sum((1.0, _chosen(block, right))), "times": times}
            yield Linear(name, weights, by, **(relative if times != 1 and not by else {}))
        case Best() as predicate:
            yield from _best(predicate, block, name)
        case Rising(rising=steps):
            ((axis, labels),) = steps.items()
            sides = [_chosen(block, {axis: [label]}) for label in labels]
            for place in range(len(labels) - 1):
                low, high = sides[place : place + 2]
                _check_ground(low, high)
                step = f"{_text(axis, labels[place])} → {_text(axis, labels[place + 1])}"
                yield Linear(_joined(name, step), _sum((1.0, high), (-1.0, low)), 0.0)
        case Contrast(terms=terms, exceeds=bound):
            parts = ((term.times, _chosen(block, term.mean)) for term in terms)
            yield Linear(name, _sum(*parts), bound)
        case Steadier(steadier=left, than=right):
            sides = (tuple(_chosen(block, side).index) for side in (left, right))
            yield Spread(name, *sides)


def _best(predicate: Best, block: pd.DataFrame, name: str) -> Iterator[Linear]:
    sign = -1.0 if predicate.lowest else 1.0
    columns = [_column(axis) for axis in predicate.best]
    wanted = _chosen(block, predicate.best).index
    sides = [
        (
            _named(dict(zip(predicate.best, labels, strict=True))),
            side,
            side.index.isin(wanted).all(),
        )
        for labels, side in block.groupby(columns, observed=True, sort=True)
    ]
    others = [(other, side) for other, side, best in sides if not best]
    if not others:
        raise NotThere(f"nothing to compare {' and '.join(predicate.best)} with")
    for one, left, best in sides:
        if not best:
            continue
        for other, right in others:
            _check_ground(left, right)
            weights = _sum((sign, left), (-sign, right))
            yield Linear(_joined(name, f"{one} against {other}"), weights, 0.0)


def _chosen(table: pd.DataFrame, where: Where) -> pd.DataFrame:
    """The cells with these labels; raises NotThere if there is none of a label, or of all."""
    chosen = pd.Series(True, index=table.index)
    for axis, labels in where.items():
        if axis == "target" and _column(axis) not in table:
            raise NotThere("an experiment has no target")
        column = table[_column(axis)]
        there = set(column.unique())
        for label in labels:
            if label not in there:
                heading = axes.AXES[axis].heading.lower() if axis in axes.AXES else ""
                raise NotThere(f"no cell of {heading} {_text(axis, label)}")
        chosen &= column.isin(labels)
    if not chosen.any():
        raise NotThere(f"no cell of {_named(where)}")
    return table[chosen]


def _check_ground(left: pd.DataFrame, right: pd.DataFrame) -> None:
    """Raise NotThere unless both sides have cells of the same models and data sets."""
    for axis in _GROUND:
        column = _column(axis)
        if column in left and set(left[column]) != set(right[column]):
            raise NotThere(f"cells that are compared differ in {axis}")


def _sum(*parts: tuple[float, pd.DataFrame]) -> Weights:
    """The sum of means over cells, each times a number, as weights of cells."""
    return weighted(*((times, side.index) for times, side in parts))


def _column(axis: str) -> str:
    return axis if axis in _PLAIN else f"{axis}_label"


def _named(labels: Mapping[str, Any]) -> str:
    return ", ".join(_text(axis, label) for axis, label in labels.items())


def _text(axis: str, label: Any) -> str:
    if isinstance(label, list):
        return " or ".join(_text(axis, one) for one in label)
    if axis == "seen":
        return "seen" if label else "unseen"
    if axis in ("connector", "visual_encoder"):
        return f"{axes.AXES[axis].heading.lower()} {label}"
    return axes.text(axis, label)


def _joined(*names: str) -> str:
    return ": ".join(filter(None, names))
