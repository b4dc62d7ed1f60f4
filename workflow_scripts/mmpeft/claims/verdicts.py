"""Verdicts on claims: what the intervals of their comparisons leave possible.

A comparison holds if its 95 % interval lies above the bound of the claim, is contradicted if it
lies below, and is undecided otherwise. A reading of k comparisons needs no correction to be
supported, since all that it asks for must hold; to be contradicted by any one of them, intervals
are those of level 1 - 0.05 / k (Bonferroni). Numbers that have no test items, as those that the
paper reports, have no interval, and their sign decides.
"""

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from mmpeft import items
from mmpeft.aggregation import OK
from mmpeft.claims.config import Claim, Reading
from mmpeft.claims.instances import Instance, Linear, NotThere, Spread, cells_of, instances
from mmpeft.collected import Collected
from mmpeft.contrasts import CONSTANT, GAP, NO_ITEMS, ONE, Cells, Effect
from mmpeft.statistics import LEVEL, sd_ratio

POINTS, NATS, RATIO, GROWTH = "points", "nats", "ratio of sd", "per cent"
_ROUNDING = 1e-9  # of sums of printed numbers


class Verdict(StrEnum):
    """What the evidence at hand says."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    OPEN = "not enough data"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One comparison of a reading: it holds if `value` exceeds `bound`, which `verdict` says.

    `unit` is POINTS, NATS, RATIO or GROWTH. `interval` is the 95 % one; without it, `why` says why.
    `runs` are the numbers of runs of the cells compared.
    """

    name: str
    value: float
    bound: float
    unit: str
    interval: tuple[float, float] | None
    why: str
    runs: tuple[int, ...]
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A reading with its verdict; if it lacks cells, `missing` says which instead of `comparisons`.

    `deciding` is the comparison that the reading hangs on: the weakest of those needed.
    """

    reading: Reading
    verdict: Verdict
    comparisons: tuple[Comparison, ...] = ()
    missing: str = ""

    @property
    def deciding(self) -> Comparison | None:
        """None if it could be one whose value is not known."""
        # Whatever the unknown ones are, they do not change a verdict.
        unknown = -math.inf if self.verdict == Verdict.SUPPORTED else math.inf

        def margin(one: Comparison) -> float:
            return unknown if math.isnan(one.value) else one.value - one.bound

        gaps = any(math.isnan(one.value) for one in self.comparisons)
        if not self.comparisons or (gaps and self.verdict == Verdict.OPEN):
            return None
        ordered = sorted(self.comparisons, key=margin)
        return ordered[len(ordered) - _needed(self.reading, len(ordered))]

    def count(self, verdict: Verdict) -> int:
        return sum(one.verdict == verdict for one in self.comparisons)


def judge(data: Collected, claims: Sequence[Claim]) -> list[tuple[Claim, list[Judged]]]:
    """Judge every reading of every claim by the results of a study."""
    scores = functools.cache(functools.partial(items.by_record, data.items))
    readings = [reading for claim in claims for reading in claim.readings]
    sources: dict[str, list[int]] = {}
    for index, reading in enumerate(readings):
        sources.setdefault(reading.of.model_dump_json(), []).append(index)
    found: dict[int, Judged] = {}
    for indices in sources.values():
        own = {index: readings[index] for index in indices}
        source = readings[indices[0]].of
        try:
            cells = cells_of(data, source, scores)
        except NotThere as missing:
            found |= {index: _lacking(reading, missing) for index, reading in own.items()}
        else:
            found |= _judged(own, cells, POINTS if source.loss is None else NATS)
    ordered = iter(sorted(found))
    return [(claim, [found[next(ordered)] for _ in claim.readings]) for claim in claims]


def _judged(readings: Mapping[int, Reading], cells: Cells, unit: str) -> dict[int, Judged]:
    """Judge readings of the same cells, whose values are in `unit`, all from the same draws."""
    found: dict[int, Judged] = {}
    asked: dict[int, list[Instance]] = {}
    for index, reading in readings.items():
        try:
            asked[index] = instances(reading, cells.table)
        except NotThere as missing:
            found[index] = _lacking(reading, missing)
    linear = [one for parts in asked.values() for one in parts if isinstance(one, Linear)]
    effects = iter(cells.effects([one.weights for one in linear]))
    for index, parts in asked.items():
        comparisons = tuple(
            _linear(one, next(effects), len(parts), cells.table, unit)
            if isinstance(one, Linear)
            else _spread(one, len(parts), cells.table)
            for one in parts
        )
        reading = readings[index]
        found[index] = Judged(
            reading=reading, verdict=_verdict(reading, comparisons), comparisons=comparisons
        )
    return found


def _lacking(reading: Reading, missing: NotThere) -> Judged:
    return Judged(reading=reading, verdict=Verdict.OPEN, missing=str(missing))


def _needed(reading: Reading, count: int) -> int:
    """How many comparisons must hold."""
    return math.ceil(reading.at_least * count - _ROUNDING)


def _verdict(reading: Reading, comparisons: Sequence[Comparison]) -> Verdict:
    needed = _needed(reading, len(comparisons))
    verdicts = [one.verdict for one in comparisons]
    if verdicts.count(Verdict.SUPPORTED) >= needed:
        return Verdict.SUPPORTED
    if len(verdicts) - verdicts.count(Verdict.NOT_SUPPORTED) < needed:
        return Verdict.NOT_SUPPORTED
    return Verdict.OPEN


def _linear(one: Linear, effect: Effect, family: int, table: pd.DataFrame, unit: str) -> Comparison:
    interval = effect.interval()
    if interval is not None:
        verdict = _by_intervals(one.bound, interval, effect.interval(_level(family)))
    elif effect.why == NO_ITEMS:
        verdict = _by_sign(effect.value, one.bound)
    else:
        verdict = Verdict.OPEN
    return Comparison(
        name=one.name,
        **_shown(one, effect.value, interval, table, unit),
        why=effect.why,
        runs=_runs(table, one.weights),
        verdict=verdict,
    )


def _shown(
    one: Linear,
    value: float,
    interval: tuple[float, float] | None,
    table: pd.DataFrame,
    unit: str,
) -> dict[str, Any]:
    """A comparison in its unit; one with several times a mean as growth, in per cent of that mean.

    The interval of a growth is that of the points, so that it has its bound if they have theirs.
    """
    plain = {"value": value, "bound": one.bound, "unit": unit, "interval": interval}
    if one.base is None:
        return plain
    base = sum(weight * table.loc[cell, "value"] for cell, weight in one.base.items())
    if not base > 0:
        return plain
    bound = round(100 * (one.times - 1), 9)
    return {
        "value": bound + 100 * value / base,
        "bound": bound,
        "unit": GROWTH,
        "interval": interval and tuple(bound + 100 * end / base for end in interval),
    }


def _spread(one: Spread, family: int, table: pd.DataFrame) -> Comparison:
    cells = table.loc[[*one.left, *one.right]]
    common = {"name": one.name, "bound": 1.0, "unit": RATIO, "runs": _runs(table, cells.index)}
    left, right = (_pooled(table.loc[list(side)]) for side in (one.left, one.right))
    why = ""
    if (cells["status"] != OK).any():
        why = GAP
    elif (cells["runs"] < 2).any():
        why = ONE
    elif not (left[0] > 0 and right[0] > 0):
        why = CONSTANT
    if why:
        return Comparison(value=math.nan, interval=None, why=why, verdict=Verdict.OPEN, **common)
    ratio, interval = sd_ratio(right, left)
    verdict = _by_intervals(1.0, interval, sd_ratio(right, left, _level(family))[1])
    return Comparison(value=ratio, interval=interval, why="", verdict=verdict, **common)


def _pooled(cells: pd.DataFrame) -> tuple[float, int]:
    """Root of the mean variance over seeds, NaN if one is not known; and degrees of freedom."""
    freedom = (cells["runs"] - 1).astype(int)
    variance = (cells["sd"] ** 2 * freedom).sum(skipna=False)
    return math.sqrt(variance / max(freedom.sum(), 1)), int(freedom.sum())


def _level(family: int) -> float:
    """Of intervals that all cover what they are of, 95 % of the time."""
    return 1 - (1 - LEVEL) / family


def _by_intervals(
    bound: float, interval: tuple[float, float], wide: tuple[float, float]
) -> Verdict:
    if interval[0] > bound:
        return Verdict.SUPPORTED
    return Verdict.NOT_SUPPORTED if wide[1] < bound else Verdict.OPEN


def _by_sign(value: float, bound: float) -> Verdict:
    return Verdict.SUPPORTED if value - bound > _ROUNDING else Verdict.NOT_SUPPORTED


def _runs(table: pd.DataFrame, cells: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({int(runs) for runs in table.loc[list(cells), "runs"]}))
