"""Tables of what fine-tuning costs: parameters, FLOPs, time and memory."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from mmpeft import aggregation, axes
from mmpeft.aggregation import FAILED, MISSING, NOT_REPORTED, OK
from mmpeft.artefacts.kinds import CostTable
from mmpeft.axes import AXES
from mmpeft.collected import Collected
from mmpeft.tables import notes
from mmpeft.tables.lines import Line, gap_for, groups, rounded
from mmpeft.tables.model import Cell, Table, gap

GIGABYTE = 1e9


@dataclass(frozen=True, kw_only=True)
class Column:
    """A cost: `needs` are the columns of the results that `value` makes one number of.

    Costs of a run that has no score have no value, but `counted` ones are known before. Without
    `expected`, the column is left out where no run has it, such as GPU memory without a GPU.
    """

    heading: str
    needs: tuple[str, ...]
    value: Callable[[pd.DataFrame], float]
    text: Callable[[float], str]
    counted: bool = False
    expected: bool = True

    def measured(self, rows: pd.DataFrame) -> bool:
        """Whether some run has it."""
        return bool(rows[list(self.needs)].notna().to_numpy().any())


def _mean(heading: str, column: str, text: Callable[[float], str]) -> Column:
    return Column(heading=heading, needs=(column,), value=lambda x: x[column].mean(), text=text)


def _rate(heading: str, part: str) -> Column:
    """Samples per second over all runs together."""
    rate, seconds = f"{part}_samples_per_second", f"{part}_seconds"
    return Column(
        heading=heading,
        needs=(rate, seconds),
        value=lambda x: (x[rate] * x[seconds]).sum() / x[seconds].sum(),
        text=_decimal,
    )


def _memory(heading: str, column: str, *, expected: bool) -> Column:
    return Column(
        heading=heading,
        needs=(column,),
        value=lambda x: x[column].max() / GIGABYTE,
        text=lambda value: f"{value:.2f}",
        expected=expected,
    )


def _parameters(heading: str, column: str) -> Column:
    return Column(
        heading=heading,
        needs=(column,),
        value=lambda x: int(x[column].iloc[0]),
        text=axes.count,
        counted=True,
        expected=False,
    )


def _decimal(value: float) -> str:
    return f"{rounded(value, 1):,}"


def _power(value: float) -> str:
    return f"{value:.3e}"


COLUMNS: Mapping[str, Column] = {
    "trainable": _parameters("Trainable", "trainable_parameters"),
    "total": _parameters("All", "total_parameters"),
    "share": Column(
        heading="Trainable (%)",
        needs=("trainable_percent",),
        value=lambda x: x["trainable_percent"].iloc[0],
        text=lambda value: f"{value:.3f}",
        counted=True,
    ),
    "train_flops": _mean("Training FLOPs", "train_flops", _power),
    "inference_flops": _mean("Inference FLOPs", "inference_flops", _power),
    "score": _mean("Average score", "value", _decimal),
    "train_seconds": _mean("Training (s)", "train_seconds", _decimal),
    "train_rate": _rate("Training samples/s", "train"),
    "train_memory": _memory("Training memory (GB)", "train_peak_memory_bytes", expected=True),
    "train_gpu_memory": _memory(
        "Training GPU memory (GB)", "train_peak_gpu_memory_bytes", expected=False
    ),
    "test_seconds": _mean("Test (s)", "test_seconds", _decimal),
    "test_rate": _rate("Test samples/s", "test"),
    "test_memory": _memory("Test memory (GB)", "test_peak_memory_bytes", expected=True),
    "test_gpu_memory": _memory(
        "Test GPU memory (GB)", "test_peak_gpu_memory_bytes", expected=False
    ),
}


def cost_table(data: Collected, spec: CostTable) -> Table:
    """Build a table of costs.

    Raises ValueError if runs that one line shows differ in their number of parameters.
    """
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    columns = [
        column
        for column in (COLUMNS[name] for name in spec.columns)
        if column.expected or column.measured(rows)
    ]
    lines: list[Line] = []
    for label, line in groups(rows, spec.rows):
        counts = line[["trainable_parameters", "total_parameters"]].dropna().drop_duplicates()
        if len(counts) > 1:
            raise ValueError(f"{' / '.join(label)}: parameter counts differ between its runs")
        lines.append((label, tuple(cost_cell(column, line) for column in columns)))
    known = sum(not any(cell.gap for cell in cells) for _, cells in lines)
    sets = rows["dataset_label"].nunique()
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=tuple(AXES[axis].heading for axis in spec.rows),
        columns=tuple(column.heading for column in columns),
        rows=tuple(lines),
        notes=(
            notes.study(rows),
            f"Coverage: {known} of {len(lines)} lines are complete, "
            f"with runs on {axes.counted(sets, 'data set')} each.",
            *spec.notes,
            *(notes.mixture(rows) if "score" in spec.columns else ()),
            *(_measured(rows) if any("seconds" in name for name in spec.columns) else ()),
        ),
    )


def cost_cell(column: Column, line: pd.DataFrame) -> Cell:
    """What the runs of a line cost; a gap if one of them is not there.

    line: headline rows of runs that share a model, a method and a connector state.
    """
    known = line.dropna(subset=list(column.needs))
    complete = len(known) == len(line) and (line["status"] == OK).all()
    if known.empty if column.counted else not complete:
        return _gap(line["status"])
    value = column.value(known)
    return Cell(column.text(value), value)


def micro_batches(rows: pd.DataFrame) -> str:
    """Name the micro-batches of trainings where they differ, as with `micro_batch_size: auto`."""
    sizes = sorted(rows["train_micro_batch_size"].dropna().unique())
    return f"micro-batches of {' or '.join(map(axes.count, sizes))}" if len(sizes) > 1 else ""


def _gap(statuses: pd.Series) -> Cell:
    """Why a cost is not known: no run, a failed one, or a score that is reported without it."""
    if (statuses == OK).all():
        return gap(NOT_REPORTED)
    return gap_for(FAILED if (statuses == FAILED).any() else MISSING)


def _measured(rows: pd.DataFrame) -> Iterable[str]:
    """Say on what was measured, and which trainings were not measured as a whole."""
    for part, name in (("train", "Trained"), ("test", "Tested")):
        used = sorted(rows[f"{part}_hardware"].dropna().unique())
        if used:
            yield f"{name} on: {'; '.join(used)}."
    sizes = micro_batches(rows)
    if sizes:
        yield (
            f"Trained with {sizes}: memory and seconds are those of different amounts at once, and "
            "do not compare methods (one micro_batch_size for all does)."
        )
    resumed = rows.drop_duplicates("run")["train_resumed_from_step"].notna().sum()
    if resumed:
        yield f"Resumed trainings: {resumed}; their seconds follow from the rate after that."
