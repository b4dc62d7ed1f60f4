"""The averages of the main table, a column for each model: the study at a glance."""

from mmpeft import aggregation
from mmpeft.artefacts.kinds import HeadlineTable
from mmpeft.collected import Collected
from mmpeft.tables import notes
from mmpeft.tables.lines import Line, average, mark_best
from mmpeft.tables.model import AVERAGE, Table, gap
from mmpeft.tables.scores import BASE, CONSTANT, score_table


def headline_table(data: Collected, spec: HeadlineTable) -> Table:
    """Build the table from the averages of `spec.of`, which has rows by model, method, connector.

    Where they mix captioning with other tasks, the average without it stands beside theirs. Raises
    ValueError if the results lack the experiment.
    """
    whole = score_table(data, spec.of)
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    captions = aggregation.mixed_in(rows)
    scores = {
        labels: dict(zip(whole.columns, cells, strict=True))
        for labels, cells in whole.rows
        if labels[1] != CONSTANT
    }
    averages = {labels: cells[AVERAGE] for labels, cells in scores.items()}
    others = {
        labels: average([cell for name, cell in cells.items() if name not in (*captions, AVERAGE)])
        for labels, cells in scores.items()
    }
    models = tuple(dict.fromkeys(labels[0] for labels in averages))
    ways = dict.fromkeys(labels[1:] for labels in averages)

    def line(way: tuple[str, ...]) -> Line:
        cells, rest = (
            tuple(of.get((model, *way), gap()) for model in models) for of in (averages, others)
        )
        return way, (*cells, average(cells), *([average(rest)] if captions else []))

    tuned = mark_best([line(way) for way in ways if way[0] != BASE])
    return Table(
        id=spec.id,
        title=spec.title,
        caption=spec.caption,
        labels=whole.labels[1:],
        columns=(
            *models,
            AVERAGE,
            *([f"{AVERAGE} without {' and '.join(captions)}"] if captions else []),
        ),
        rows=(*(line(way) for way in ways if way[0] == BASE), *tuned),
        notes=(
            f"The averages of {spec.of.title!r} (Table 1), whose notes say what the scores are; "
            "– if one of its cells is a gap.",
            *notes.mixture(rows),
            next(note for note in whole.notes if note.startswith("Runs per cell")),
            "Bold: the best fine-tuned average of a column.",
        ),
    )
