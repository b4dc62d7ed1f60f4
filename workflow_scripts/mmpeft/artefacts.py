"""What the tables and figures are: one declaration each, rendered by `tables` and `figures`.

This module is plain data, so that the workflow can list files and captions without pandas.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TABLE_FORMATS = ("csv", "md", "tex", "html")
FIGURE_FORMATS = ("pdf", "svg", "png")


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A table or figure of the paper, filled with the results of one experiment.

    `id` is the stem of its files, `section` that of the paper and its category in the report.
    """

    id: str
    title: str
    caption: str
    section: str
    experiment: str


@dataclass(frozen=True, kw_only=True)
class ScoreTable(Artefact):
    """Scores by the label axes `rows` (outermost first) x data set, with their average.

    The best fine-tuned score of a column is bold within each value of the axes `best_within`: ()
    means in the whole table, as the paper does it. Baselines are the un-tuned bases and the best
    constant answers.
    """

    rows: tuple[str, ...]
    best_within: tuple[str, ...]
    baselines: bool


@dataclass(frozen=True, kw_only=True)
class ParameterTable(Artefact):
    """Number and share of trainable parameters by the label axes `rows`."""

    rows: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SeenUnseenFigure(Artefact):
    """Mean score of each method on unseen and on seen data sets, one panel a connector state."""

    panels: tuple[tuple[str, str], ...]


TABLES: Mapping[str, ScoreTable | ParameterTable] = {
    table.id: table
    for table in (
        ScoreTable(
            id="table01_main",
            title="Main results",
            caption=(
                "Score of each model, method and connector state on each data set "
                "(accuracy, VQA score or CIDEr x 100)."
            ),
            section="Main results",
            experiment="main",
            rows=("model", "method", "connector"),
            best_within=("model",),
            baselines=True,
        ),
        ParameterTable(
            id="table15_parameters",
            title="Trainable parameters",
            caption=(
                "Parameters that a method trains, and their share of all parameters of the "
                "model including those that the method adds."
            ),
            section="Cost",
            experiment="main",
            rows=("model", "method", "connector"),
        ),
    )
}

FIGURES: Mapping[str, SeenUnseenFigure] = {
    figure.id: figure
    for figure in (
        SeenUnseenFigure(
            id="figure02_seen_unseen",
            title="Unseen and seen data sets",
            caption=(
                "Mean score of each method over models and data sets, with the connector tuned (a) "
                "and frozen (b). Points: one model each. Dashed: the un-tuned bases."
            ),
            section="Main results",
            experiment="main",
            panels=(("tuned", "(a) connector tuned"), ("frozen", "(b) connector frozen")),
        ),
    )
}
