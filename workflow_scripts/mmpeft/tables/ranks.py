"""Mean ranks of methods over data sets."""

import numpy as np

from mmpeft import aggregation, axes
from mmpeft.artefacts.kinds import RankTable
from mmpeft.axes import AXES
from mmpeft.collected import Collected
from mmpeft.statistics import mean_ranks
from mmpeft.tables import notes
from mmpeft.tables.lines import Line, groups
from mmpeft.tables.model import Cell, Table, gap


def rank_table(data: Collected, spec: RankTable) -> Table:
    """Rank methods within each data set; a data set on which one has a gap is left out."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    by = [f"{axis}_label" for axis in (*spec.rows, "method", "dataset")]
    cells = aggregation.cells(rows, by)
    methods = tuple(rows["method_label"].cat.categories)
    lines: list[Line] = []
    for label, group in groups(cells, spec.rows):
        scores = group.pivot(index="method_label", columns="dataset_label", values="value")
        whole = scores.reindex(list(methods)).dropna(axis="columns")
        lines.append((label, _line(whole.to_numpy())))
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=tuple(AXES[axis].heading for axis in spec.rows),
        columns=(*methods, "Data sets", "p"),
        rows=tuple(lines),
        notes=(
            notes.study(rows),
            *aggregation.coverage(cells, by),
            "Bold: smallest mean rank of a row, unless all are equal.",
            "p: that all methods rank alike, by Friedman's statistic over permutations within data "
            "sets; n/a with fewer than two data sets or three methods.",
        ),
    )


def _line(scores: np.ndarray) -> tuple[Cell, ...]:
    """Mean ranks, number of data sets and p; scores: [methods, data sets], without gaps."""
    methods, datasets = scores.shape
    number = Cell(str(datasets), datasets)
    if datasets == 0:
        return (*(gap() for _ in range(methods)), number, gap("n/a (n=0)"))
    found = mean_ranks(scores, np.random.default_rng(0))
    best, worst = min(found.means), max(found.means)
    ranks = (Cell(f"{mean:.2f}", mean, bold=mean == best < worst) for mean in found.means)
    if found.p is not None:
        return (*ranks, number, Cell(f"{found.p:.4f}", found.p))
    why = f"n={datasets}" if datasets < 2 else axes.counted(methods, "method")
    return (*ranks, number, gap(f"n/a ({why})"))
