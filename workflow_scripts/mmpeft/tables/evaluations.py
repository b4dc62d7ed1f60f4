"""Tables of evaluations: transfer to other data sets, graded answers, hallucinated captions."""

from collections.abc import Iterable, Sequence

import pandas as pd

from mmpeft import aggregation, axes
from mmpeft.artefacts.kinds import Artefact, CaptionTable, GradeTable, TransferTable
from mmpeft.axes import AXES, NOT_APPLICABLE
from mmpeft.collected import Collected
from mmpeft.tables import notes
from mmpeft.tables.lines import Line, average, gap_for, groups, line_cells, mark_best, single
from mmpeft.tables.model import AVERAGE, Cell, Table, gap

# The rows of an evaluation have two data sets, so that the heading says which one is meant.
_HEADINGS = {"dataset": "Trained on"}
_PAIR = ("dataset", "target")
# Scores that stand beside those of captions, and how the note with them begins.
BESIDE_CAPTIONS = {
    "captions_naming_nothing": "Captions per 100 that name nothing",
    "captions_with_unreferenced_objects": (
        "Estimate without a judge: captions per 100 that name an object, of the 80 kinds of COCO, "
        "that no reference caption names"
    ),
}
UNGRADED = "mmhal_ungraded"


def transfer_table(data: Collected, spec: TransferTable) -> Table:
    """Build the table of scores on other data sets, with the mean over pairs of data sets."""
    rows = aggregation.evaluation_scores(data.results, spec.evaluation)
    places = sorted(rows["epoch_place"].unique())
    by = [f"{axis}_label" for axis in spec.rows]
    cells = aggregation.cells(rows, [*by, "epoch_place"])
    outer = [axis for axis in spec.rows if axis not in _PAIR]
    lines: list[Line] = []
    for label, block in groups(cells, outer):
        pairs = [
            (labels, line_cells(line, "epoch_place", places))
            for labels, line in groups(block, spec.rows)
        ]
        means = tuple(average(column) for column in zip(*(line for _, line in pairs), strict=True))
        lines += [*pairs, (_mean_labels(spec.rows, outer, label), _bold_best(means))]
    return _table(
        spec,
        columns=[axes.text("epoch_place", place) for place in places],
        lines=lines,
        told=[
            *_common(rows, cells, [*by, "epoch_place"]),
            f"{AVERAGE}: mean over the pairs of data sets above; – if one has a gap. Bold: the "
            "best epoch of this mean.",
            *_measured_epochs(rows, outer),
            *notes.definitions(rows, "target"),
        ],
    )


def grade_table(data: Collected, spec: GradeTable) -> Table:
    """Build the table of grades by type of question."""
    rows = aggregation.evaluation_scores(data.results, spec.evaluation)
    by = [f"{axis}_label" for axis in spec.rows]
    overall = aggregation.cells(rows, by)
    metrics = list(spec.columns)
    scores = aggregation.evaluation_scores(data.results, spec.evaluation, metrics)
    each = groups(aggregation.cells(scores, [*by, "metric"]), spec.rows)
    lines: list[Line] = []
    lowest = [metrics.index(metric) for metric in spec.lowest]
    for _, block in groups(overall, spec.best_within):
        graded = [
            (labels, _grades(line, dict(each).get(labels), metrics))
            for labels, line in groups(block, spec.rows)
        ]
        lines += mark_best(graded, decimals=2, lowest=lowest)
    within = ["data set trained on" if axis == "dataset" else axis for axis in spec.best_within]
    return _table(
        spec,
        columns=list(spec.columns.values()),
        lines=lines,
        told=[
            *_common(rows, overall, by),
            notes.best("value", within),
            *_meaning(scores[scores["status"] == aggregation.OK], metrics),
            *_ungraded(data.results, spec),
        ],
    )


def caption_table(data: Collected, spec: CaptionTable) -> Table:
    """Build the table of captions per 100 that name what is not in the image."""
    rows = aggregation.evaluation_scores(data.results, spec.evaluation)
    epochs = sorted(rows["epoch"].dropna().unique())
    by = [f"{axis}_label" for axis in spec.rows]
    cells = aggregation.cells(rows, [*by, "epoch"])
    # Of 100 images the numbers are counts.
    whole = cells["value"].dropna().mod(1).eq(0).all()
    decimals = 0 if whole else 1
    lines = []
    for labels, line in groups(cells, spec.rows):
        counts = line_cells(line, "epoch", epochs, lambda cell: single(cell["value"], decimals))
        lines.append((labels, (*counts, average(counts))))
    return _table(
        spec,
        columns=[*(axes.text("epoch", epoch) for epoch in epochs), AVERAGE],
        lines=mark_best(lines, lowest=range(len(epochs) + 1)),
        told=[
            *_common(rows, cells, [*by, "epoch"]),
            f"{AVERAGE}: mean over the epochs shown; – if one has a gap. Bold: fewest of a column.",
            *(
                told
                for metric, text in BESIDE_CAPTIONS.items()
                for told in _beside(data.results, spec, epochs, metric, text)
            ),
            *notes.definitions(rows, "target"),
        ],
    )


def _table(
    spec: Artefact, *, columns: Sequence[str], lines: Sequence[Line], told: Sequence[str]
) -> Table:
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=tuple(_HEADINGS.get(axis, AXES[axis].heading) for axis in spec.rows),
        columns=tuple(columns),
        rows=tuple(lines),
        notes=tuple(told),
    )


def _common(rows: pd.DataFrame, cells: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """What all tables of evaluations tell: the study, the gaps, the number of runs."""
    return [notes.study(rows), *aggregation.coverage(cells, by), notes.runs(cells["runs"])]


def _mean_labels(
    axes_: Sequence[str], outer: Sequence[str], label: tuple[str, ...]
) -> tuple[str, ...]:
    """Labels of the line with the mean over pairs of data sets: its name, then dashes."""
    known = dict(zip(outer, label, strict=True)) | {"dataset": AVERAGE}
    return tuple(known.get(axis, NOT_APPLICABLE) for axis in axes_)


def _bold_best(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Make the largest number of one line bold."""
    columns = mark_best([((), (cell,)) for cell in cells])
    return tuple(cell for _, (cell,) in columns)


def _measured_epochs(rows: pd.DataFrame, outer: Sequence[str]) -> Iterable[str]:
    """Say which epochs stand behind the columns, for each line of data sets trained on."""
    for label, group in groups(rows, outer):
        known = group.dropna(subset="epoch").groupby("dataset_label", observed=True)["epoch"]
        listed = [
            f"{dataset} {', '.join(map(str, sorted(epochs.unique())))}" for dataset, epochs in known
        ]
        if listed:
            yield f"Over-fitting epochs of {' / '.join(label)}: {'; '.join(listed)}."


def _grades(
    overall: pd.DataFrame, graded: pd.DataFrame | None, metrics: Sequence[str]
) -> tuple[Cell, ...]:
    """The cells of one line: gaps if its overall score is one."""
    (status,) = overall["status"]
    if status != aggregation.OK:
        return (gap_for(status),) * len(metrics)
    found = graded.set_index("metric")["value"]
    return tuple(
        single(found[metric], decimals=2) if metric in found else gap() for metric in metrics
    )


def _meaning(scores: pd.DataFrame, metrics: Sequence[str]) -> Iterable[str]:
    """Say what the scores of all answers are, and how many answers there are of each type."""
    known = scores.drop_duplicates("metric").set_index("metric")
    shown = known.loc[[metric for metric in metrics if metric in known.index]]
    most = shown["n"].max()
    for definition in shown.loc[shown["n"] == most, "definition"]:
        yield f"{definition[:1].upper()}{definition[1:]}; n = {axes.count(most)} answers."
    types = sorted(shown.loc[shown["n"] < most, "n"].unique())
    if types:
        yield f"Answers of each type: n = {' or '.join(map(axes.count, types))}."


def _beside(
    results: pd.DataFrame, spec: CaptionTable, epochs: Sequence[int], metric: str, text: str
) -> Iterable[str]:
    """A score that is not in the table, by line and epoch, if the study has it."""
    scores = aggregation.evaluation_scores(results, spec.evaluation, [metric])
    if scores.empty:
        return
    by = [*(f"{axis}_label" for axis in spec.rows), "epoch"]
    told = []
    for label, line in groups(aggregation.cells(scores, by), spec.rows):
        values = line.set_index("epoch")["value"].reindex(epochs)
        shown = (NOT_APPLICABLE if pd.isna(value) else f"{value:g}" for value in values)
        told.append(f"{' / '.join(label)} {', '.join(shown)}")
    yield f"{text}, by epoch: {'; '.join(told)}."


def _ungraded(results: pd.DataFrame, spec: GradeTable) -> Iterable[str]:
    """Say how many answers a judge gave no grade to, since no value counts them."""
    scores = aggregation.evaluation_scores(results, spec.evaluation, [UNGRADED])
    told = [
        f"{' / '.join(label)} {(line['value'] * line['n']).sum():.0f} of {line['n'].sum()}"
        for label, line in groups(scores, spec.rows)
    ]
    if told:
        yield f"Answers without a grade, which no value counts: {'; '.join(told)}."
