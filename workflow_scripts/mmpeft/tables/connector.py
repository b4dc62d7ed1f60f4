"""The table of what tuning the connector gains: the numbers of Figure 2."""

from collections.abc import Sequence

import pandas as pd

from mmpeft import aggregation
from mmpeft.artefacts.kinds import ConnectorTable
from mmpeft.axes import AXES, counted
from mmpeft.collected import Collected
from mmpeft.tables import notes
from mmpeft.tables.lines import Line, groups, signed, single
from mmpeft.tables.model import Cell, Table, gap

_DECIMALS = 2
_STATES = ("frozen", "tuned")


def connector_table(data: Collected, spec: ConnectorTable) -> Table:
    """Build the table; a data set without a score leaves its means and their difference open."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    means = aggregation.seen_unseen_means(data.results, spec.experiment)
    means = means[means["model_label"] == ""]
    shown = [seen for seen in (False, True) if (rows["seen"] == seen).any()]
    lines: list[Line] = [
        (labels, tuple(cell for seen in shown for cell in _cells(line[line["seen"] == seen])))
        for labels, line in groups(means, ["method"])
    ]
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
        rows=tuple(lines),
        notes=(notes.study(rows), *_sizes(rows, shown), *notes.datasets(rows)),
    )


def _cells(means: pd.DataFrame) -> tuple[Cell, ...]:
    """Frozen, tuned and their difference; a state that the study does not have is a gap."""
    values = means.set_index("connector_label")["value"].reindex(_STATES)
    gain = values["tuned"] - values["frozen"]
    scores = (gap() if pd.isna(value) else single(value, _DECIMALS) for value in values)
    return (*scores, gap() if pd.isna(gain) else signed(gain, _DECIMALS))


def _sizes(rows: pd.DataFrame, shown: Sequence[bool]) -> list[str]:
    sets = rows.groupby("seen")["dataset_label"].nunique()
    models = counted(rows["model_label"].nunique(), "model")
    told = (
        f"{models} x {counted(sets[seen], f'{name} data set')}"
        for seen, name in ((False, "unseen"), (True, "seen"))
        if seen in shown
    )
    return [f"Means over {' and over '.join(told)}."]
