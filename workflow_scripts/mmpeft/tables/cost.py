"""The table of what fine-tuning costs: trainable parameters."""

from mmpeft import aggregation, axes
from mmpeft.artefacts.kinds import ParameterTable
from mmpeft.axes import AXES
from mmpeft.collected import Collected
from mmpeft.tables import notes
from mmpeft.tables.model import MISSING, Cell, Table, gap
from mmpeft.tables.scores import groups


def parameter_table(data: Collected, spec: ParameterTable) -> Table:
    """Build the table of trainable parameters.

    Raises ValueError if runs that one line shows differ in their number of parameters.
    """
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    lines = []
    for label, line in groups(rows, spec.rows):
        counts = line[["trainable_parameters", "total_parameters"]].dropna().drop_duplicates()
        if len(counts) > 1:
            raise ValueError(f"{' / '.join(label)}: parameter counts differ between its runs")
        if counts.empty:
            lines.append((label, (gap(MISSING),) * 3))
            continue
        trainable, total = (int(number) for number in counts.iloc[0])
        share = 100 * trainable / total
        cells = (
            Cell(axes.count(trainable), trainable),
            Cell(axes.count(total), total),
            Cell(f"{share:.3f}", share),
        )
        lines.append((label, cells))
    known = sum(not cells[0].gap for _, cells in lines)
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=tuple(AXES[axis].heading for axis in spec.rows),
        columns=("Trainable", "All", "Trainable (%)"),
        rows=tuple(lines),
        notes=(notes.study(rows), f"Coverage: {known} of {len(lines)} lines have a count."),
    )
