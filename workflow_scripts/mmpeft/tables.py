"""Tables as data, from results.parquet alone; `table_formats` writes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mmpeft import aggregation
from mmpeft.artefacts import Artefact, ParameterTable, ScoreTable

HEADINGS: Mapping[str, str] = {
    "model": "Model",
    "method": "Method",
    "location": "Location",
    "size": "Size",
    "learning_rate": "Learning rate",
    "connector": "Connector",
    "visual_encoder": "Visual encoder",
    "samples": "Training samples",
    "dataset": "Data set",
}
BASE, CONSTANT = "un-tuned base", "best constant answer"
AVERAGE = "Avg"
NOT_APPLICABLE, MISSING, FAILED = "–", "missing", "failed"


@dataclass(frozen=True)
class Cell:
    """One place of a table: its text, its number (None in a gap), and whether it is a best one."""

    text: str
    number: float | None = None
    bold: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: `labels` headings over label columns, `columns` over values, one line a row.

    `rows` holds pairs of label texts and value cells. A new value of the first label starts a new
    block. `notes` stand below the table.
    """

    id: str
    title: str
    caption: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...]
    notes: tuple[str, ...]


def _score_cells(line: pd.DataFrame, columns: Sequence[str]) -> tuple[Cell, ...]:
    """Return the cells of one line, then their average; a gap leaves the line without average."""
    by_column = line.set_index(line["dataset_label"].astype(str))
    cells = []
    for column in columns:
        if column not in by_column.index:
            cells.append(Cell(MISSING))
            continue
        found = by_column.loc[column]
        if found["status"] == aggregation.OK:
            cells.append(Cell(f"{found['value']:.1f}", float(found["value"])))
        else:
            cells.append(Cell(FAILED if found["status"] == aggregation.FAILED else MISSING))
    numbers = [cell.number for cell in cells if cell.number is not None]
    if len(numbers) < len(cells):
        return (*cells, Cell(NOT_APPLICABLE))
    mean = sum(numbers) / len(numbers)
    return (*cells, Cell(f"{mean:.1f}", mean))


def _mark_best(lines: list[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    """Make the best of each column bold; numbers that look equal are equally good."""
    best = [
        max((round(cell.number, 1) for cell in column if cell.number is not None), default=None)
        for column in zip(*lines, strict=True)
    ]
    return [
        tuple(
            replace(cell, bold=cell.number is not None and round(cell.number, 1) == top)
            for cell, top in zip(line, best, strict=True)
        )
        for line in lines
    ]


def _groups(frame: pd.DataFrame, by: Sequence[str]) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    if not by:
        return [((), frame)]
    grouped = frame.groupby(list(by), observed=True, sort=True)
    return [(tuple(map(str, key)), group) for key, group in grouped]


def _baseline_row(spec: ScoreTable, line: pd.DataFrame, name: str, columns: Sequence[str]):
    """One line for a baseline; axes that it does not have show a dash."""
    model = str(line["model_label"].iloc[0]) if name == BASE else NOT_APPLICABLE
    own = {"model": model, "method": name}
    labels = tuple(own.get(axis, NOT_APPLICABLE) for axis in spec.rows)
    return labels, _score_cells(line, columns)


def _study_note(rows: pd.DataFrame) -> str:
    """Say which study this is and which models its labels stand for."""
    models = rows.drop_duplicates("model_label").sort_values("model_label")
    named = ", ".join(f"{row.model_label} = {row.model}" for row in models.itertuples())
    return f"Study {rows['study'].iloc[0]!r}: {named}."


def _dataset_notes(rows: pd.DataFrame) -> list[str]:
    """Say which data sets are unseen, and what each one's score is."""
    sets = rows.drop_duplicates("dataset_label").sort_values("dataset_label")
    notes = []
    for seen, name in ((False, "Unseen"), (True, "Seen")):
        labels = sets.loc[sets["seen"] == seen, "dataset_label"].astype(str)
        if len(labels):
            notes.append(f"{name}: {', '.join(labels)}.")
    scored = rows[rows["status"] == aggregation.OK]
    for definition, group in scored.groupby("definition", sort=False):
        labels = group["dataset_label"].cat.remove_unused_categories().cat.categories
        notes.append(f"{', '.join(labels)}: {definition}.")
    return notes


def score_table(results: pd.DataFrame, spec: ScoreTable) -> Table:
    """Build a table of scores; raises ValueError if the results lack its experiment."""
    rows = aggregation.headline_scores(results, "run", spec.experiment)
    axes = [f"{axis}_label" for axis in spec.rows]
    cells = aggregation.cells(rows, [*axes, "dataset_label"])
    columns = tuple(rows["dataset_label"].cat.categories)

    lines: list[tuple[tuple[str, ...], tuple[Cell, ...]]] = []
    for _, block in _groups(cells, [f"{axis}_label" for axis in spec.best_within]):
        labelled = _groups(block, axes)
        marked = _mark_best([_score_cells(line, columns) for _, line in labelled])
        lines += [(label, line) for (label, _), line in zip(labelled, marked, strict=True)]
    notes = [_study_note(rows), *aggregation.coverage(cells, [*axes, "dataset_label"])]
    if spec.baselines:
        lines, gaps = _with_baselines(spec, results, lines, columns)
        notes += gaps
    runs = sorted(set(cells["runs"]))
    notes.append(f"Runs per cell: n = {' or '.join(map(str, runs))}.")
    notes.append(f"{AVERAGE}: mean over the {len(columns)} data sets shown; – if one has a gap.")
    notes.append(f"Bold: best fine-tuned score of a column{_scope(spec.best_within)}.")
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=tuple(HEADINGS[axis] for axis in spec.rows),
        columns=(*columns, AVERAGE),
        rows=tuple(lines),
        notes=(*notes, *_dataset_notes(rows)),
    )


def _scope(axes: Sequence[str]) -> str:
    return f" within each {' and '.join(HEADINGS[axis].lower() for axis in axes)}" if axes else ""


def _with_baselines(spec: ScoreTable, results: pd.DataFrame, lines: list, columns: Sequence[str]):
    """Put the constant answers first and each base before the runs of its model."""
    constant = aggregation.headline_scores(results, "constant")
    base = aggregation.headline_scores(results, "base")
    constants = aggregation.cells(constant, ["dataset_label"])
    bases = aggregation.cells(base, ["model_label", "dataset_label"])
    ordered = [_baseline_row(spec, constants, CONSTANT, columns)]
    position = spec.rows.index("model")
    for (model,), line in _groups(bases, ["model_label"]):
        tuned = [row for row in lines if row[0][position] == model]
        if tuned:
            ordered += [_baseline_row(spec, line, BASE, columns), *tuned]
    gaps = [
        f"{name.capitalize()}: {sentence}"
        for name, table, by in (
            (BASE, bases, ["model_label", "dataset_label"]),
            (CONSTANT, constants, ["dataset_label"]),
        )
        for sentence in aggregation.coverage(table, by)[1:]
    ]
    return ordered, gaps


def parameter_table(results: pd.DataFrame, spec: ParameterTable) -> Table:
    """Build the table of trainable parameters.

    Raises ValueError if runs that one line shows differ in their number of parameters.
    """
    rows = aggregation.headline_scores(results, "run", spec.experiment)
    axes = [f"{axis}_label" for axis in spec.rows]
    lines = []
    for label, line in _groups(rows, axes):
        counts = line[["trainable_parameters", "total_parameters"]].dropna().drop_duplicates()
        if len(counts) > 1:
            raise ValueError(f"{' / '.join(label)}: parameter counts differ between its runs")
        if counts.empty:
            lines.append((label, (Cell(MISSING),) * 3))
            continue
        trainable, total = (int(count) for count in counts.iloc[0])
        share = 100 * trainable / total
        cells = (
            Cell(f"{trainable:,}", trainable),
            Cell(f"{total:,}", total),
            Cell(f"{share:.3f}", share),
        )
        lines.append((label, cells))
    known = sum(cells[0].number is not None for _, cells in lines)
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=tuple(HEADINGS[axis] for axis in spec.rows),
        columns=("Trainable", "All", "Trainable (%)"),
        rows=tuple(lines),
        notes=(_study_note(rows), f"Coverage: {known} of {len(lines)} lines have a count."),
    )


_BUILDERS: Mapping[type[Artefact], Callable[[pd.DataFrame, Artefact], Table]] = {
    ScoreTable: score_table,
    ParameterTable: parameter_table,
}


def build(results: pd.DataFrame, spec: ScoreTable | ParameterTable) -> Table:
    """Build the table that a declaration describes."""
    return _BUILDERS[type(spec)](results, spec)
