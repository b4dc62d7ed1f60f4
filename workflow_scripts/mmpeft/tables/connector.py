"""The table of what tuning the connector gains: the numbers of Figure 2."""

from collections.abc import Sequence

import pandas as pd

from mmpeft import aggregation, contrasts
from mmpeft.artefacts.kinds import ConnectorTable
from mmpeft.axes import AXES, counted
from mmpeft.collected import Collected
from mmpeft.contrasts import Weights, weighted
from mmpeft.tables import notes
from mmpeft.tables.lines import difference, groups, single
from mmpeft.tables.model import Cell, Table, gap

_DECIMALS = 2
_STATES = ("frozen", "tuned")
_BY = ("connector_label", "method_label", "seen", "model_label", "dataset_label")


def connector_table(data: Collected, spec: ConnectorTable) -> Table:
    """Build the table; a data set without a score leaves its means and their difference open."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    cells = contrasts.of(data, rows, _BY)
    shown = [seen for seen in (False, True) if (rows["seen"] == seen).any()]
    blocks = [
        (labels, block, _gain(block))
        for labels, line in groups(cells.table, ["method"])
        for seen in shown
        for block in [line[line["seen"] == seen]]
    ]
    gains = iter(cells.effects([gain for *_, asked in blocks for gain in asked]))
    lines: dict[tuple[str, ...], tuple[Cell, ...]] = {}
    for labels, block, asked in blocks:
        gain = difference(next(gains), _DECIMALS) if asked else gap()
        lines[labels] = (*lines.get(labels, ()), *map(_mean, _states(block)), gain)
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=(AXES["method"].heading,),
        columns=tuple(
            f"{'Seen' if seen else 'Unseen'}, {what}"
            for seen in shown
            for what in (*_STATES, "gain")
        ),
        rows=tuple(lines.items()),
        notes=(
            notes.study(rows),
            *_sizes(rows, shown),
            *(note for seen in shown for note in notes.mixture(rows[rows["seen"] == seen])),
            notes.INTERVALS,
            *notes.datasets(rows),
        ),
        beside=("low", "high"),
    )


def _states(block: pd.DataFrame) -> list[pd.Series]:
    """The values of the cells with the connector frozen and tuned."""
    return [block.loc[block["connector_label"] == state, "value"] for state in _STATES]


def _gain(block: pd.DataFrame) -> list[Weights]:
    """Tuned less frozen, if the study has both."""
    frozen, tuned = (list(values.index) for values in _states(block))
    return [weighted((1.0, tuned), (-1.0, frozen))] if frozen and tuned else []


def _mean(values: pd.Series) -> Cell:
    """A gap without values, or if one of them is a gap."""
    mean = values.mean(skipna=False)
    return gap() if pd.isna(mean) else single(mean, _DECIMALS)


def _sizes(rows: pd.DataFrame, shown: Sequence[bool]) -> list[str]:
    sets = rows.groupby("seen")["dataset_label"].nunique()
    models = counted(rows["model_label"].nunique(), "model")
    told = (
        f"{models} x {counted(sets[seen], f'{name} data set')}"
        for seen, name in ((False, "unseen"), (True, "seen"))
        if seen in shown
    )
    return [f"Means over {' and over '.join(told)}."]
