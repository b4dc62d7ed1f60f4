"""Kinds of tables and figures: what a declaration must say for the code that renders it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# The parts of the paper in its order, and what goes beyond it: the chapters of the report. Claims
# are no artefact, but a chapter.
SECTIONS = (
    "Set-up",
    "Main results",
    "Module location",
    "Data scale",
    "Size",
    "Stability",
    "Over-fitting",
    "Hallucination",
    "Visual encoder",
    "Cost",
    "Statistics",
    "Claims",
    "Fair comparison",
    "Qualitative examples",
    "Comparison",
    "Print",
    "Data",
)


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A table or figure, filled from one experiment, one evaluation or one set of examples.

    `id` is the stem of its files, `section` one of SECTIONS, its chapter of the report. Of
    the `experiments`, `evaluations` or `examples` that it needs the first are those it shows; a
    study without them lacks it. One that needs none shows the study itself. `sources` are those of
    the studies that have it: what needs loss curves, answers or measured costs is never reported.
    """

    id: str
    title: str
    caption: str
    section: str
    experiments: tuple[str, ...] = ()
    evaluations: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("run", "reported")

    @property
    def number(self) -> tuple[str, int] | None:
        """What the paper calls it: ("Table", 1); None for what the paper does not have."""
        found = re.match(r"(table|figure)(\d+)_", self.id)
        return (found[1].capitalize(), int(found[2])) if found else None

    @property
    def experiment(self) -> str:
        """The experiment whose cells are shown."""
        return self.experiments[0]

    @property
    def evaluation(self) -> str:
        """The evaluation whose cells are shown."""
        return self.evaluations[0]

    @property
    def example(self) -> str:
        """The examples that are shown."""
        return self.examples[0]

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """The names that sections of a study file must have, by section."""
        return {
            "experiments": self.experiments,
            "evaluations": self.evaluations,
            "examples": self.examples,
        }


@dataclass(frozen=True, kw_only=True)
class ScoreTable(Artefact):
    """Scores by the label axes `rows` (outermost first) x data set.

    The best fine-tuned score of a column is bold within each value of the axes `best_within`: ()
    means in the whole table. With `baselines` it also has the un-tuned bases and the best constant
    answers; with `spread` a cell is the mean ± sample standard deviation of its runs, and there is
    no average over data sets.
    """

    rows: tuple[str, ...]
    best_within: tuple[str, ...] = ()
    baselines: bool = False
    spread: bool = False


@dataclass(frozen=True, kw_only=True)
class HeadlineTable(Artefact):
    """The averages of a table of scores by model, method and connector, beside each other."""

    of: ScoreTable


@dataclass(frozen=True, kw_only=True)
class TransferTable(Artefact):
    """Scores on other data sets by the label axes `rows` x epoch of an evaluation.

    Lines that share `rows` but for the data sets trained and tested on are followed by their mean.
    """

    rows: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GradeTable(Artefact):
    """Grades of answers by the label axes `rows` x type of question.

    `columns` maps metrics to headings; of those in `lowest` the smallest value is the best. The
    best of a column is bold within each value of the axes `best_within`.
    """

    rows: tuple[str, ...]
    columns: Mapping[str, str]
    lowest: tuple[str, ...]
    best_within: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CaptionTable(Artefact):
    """Hallucinated captions per 100 by the label axes `rows` x epoch; the fewest are bold."""

    rows: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CostTable(Artefact):
    """What fine-tuning costs by the label axes `rows`, over all data sets.

    `columns` are names of `tables.cost.COLUMNS`; `notes` say how they were measured.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MatchedTable(Artefact):
    """Pairs of methods at sizes with about equally many parameters, side by side.

    Parameters are those of the method alone. Two sizes are a pair if each is the closest one to the
    other, among the sizes of its method, and the larger has at most `factor` times the parameters
    of the smaller.
    """

    factor: float


@dataclass(frozen=True, kw_only=True)
class DocumentTable(Artefact):
    """What a study is made of; `content` names a builder of `tables.documents`.

    `notes` say what the paper's print has wrong, or leaves out.
    """

    content: str
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RankTable(Artefact):
    """Mean rank of each method over data sets, by the label axes `rows`."""

    rows: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PairTable(Artefact):
    """Paired differences of all pairs of methods, by the label axes `rows`, on each data set."""

    rows: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class IntervalTable(Artefact):
    """Mean, sample standard deviation, n and interval of every cell of a study."""


@dataclass(frozen=True, kw_only=True)
class CoverageTable(Artefact):
    """How much of each experiment and evaluation is there, and why the rest is not."""


@dataclass(frozen=True, kw_only=True)
class PrintTable(Artefact):
    """What rules find in the numbers that the paper prints.

    `content` names a builder of `tables.reported`; `notes` say what the rules are.
    """

    content: str
    notes: tuple[str, ...]
    sources: tuple[str, ...] = ("reported",)


@dataclass(frozen=True, kw_only=True)
class ComparisonTable(Artefact):
    """The scores of a study beside those that the paper reports.

    `content` names a builder of `tables.comparison`; `notes` say how to read it.
    """

    content: str
    notes: tuple[str, ...]
    sources: tuple[str, ...] = ("run",)


@dataclass(frozen=True, kw_only=True)
class ConnectorTable(Artefact):
    """What tuning the connector gains for each method, on unseen and on seen data sets."""


@dataclass(frozen=True, kw_only=True)
class ComparisonFigure(Artefact):
    """Scores of an experiment against reported ones, a panel a data set, a point a cell."""

    sources: tuple[str, ...] = ("run",)


@dataclass(frozen=True, kw_only=True)
class SeenUnseenFigure(Artefact):
    """Mean score of each method on unseen and on seen data sets, one panel a connector state."""

    panels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class LossFigure(Artefact):
    """Training and validation loss of single runs, a panel for each method and data set.

    `datasets` are labels; `bins` the number of points that the training loss of an epoch gives.
    """

    sources: tuple[str, ...] = ("run",)
    datasets: tuple[str, ...]
    bins: int


@dataclass(frozen=True, kw_only=True)
class SeedLossFigure(Artefact):
    """Training loss of each method over seeds: mean and 95 % confidence band, a panel a data set.

    Of the first experiment only the runs count whose settings, seeds apart, the second one has.
    `bins` is the number of points that a training gives.
    """

    sources: tuple[str, ...] = ("run",)
    bins: int


@dataclass(frozen=True, kw_only=True)
class SizeFigure(Artefact):
    """Score on the whole test set of `dataset` (a label) by size, one panel for each method.

    `score` names it on the axis: the label of a data set is that of its headline.
    """

    dataset: str
    score: str


@dataclass(frozen=True, kw_only=True)
class ParetoFigure(Artefact):
    """Average score against a cost, a panel for each model, with the front of the best trade-offs.

    `costs` are names of `tables.cost.COLUMNS`: the first that was measured is shown. `axis` names
    it there. A cost on a `logarithmic` axis spans orders of magnitude.
    """

    costs: tuple[str, ...]
    axis: str
    logarithmic: bool = False


@dataclass(frozen=True, kw_only=True)
class MatchedFigure(Artefact):
    """Average score of each method against the number of its parameters, over its sizes."""


@dataclass(frozen=True, kw_only=True)
class GainFigure(Artefact):
    """Relative gain of the average score of each method from one number of samples to the next."""


@dataclass(frozen=True, kw_only=True)
class FluctuationFigure(Artefact):
    """Mean score over epochs of each method, less the mean of all methods, by pair of data sets."""


@dataclass(frozen=True, kw_only=True)
class ArchitectureFigure(Artefact):
    """What the models of a study are made of, and where its methods sit in them."""


@dataclass(frozen=True, kw_only=True)
class CaptionFigure(Artefact):
    """Captions of the same images by the base and by each method, with made-up words marked.

    The evaluation lets runs caption images; `epoch` is an index into the epochs that it measures: 0
    the first, -1 the last. Of its images, in the order in which the study's seed drew them, the
    first `images` are shown; if `worst_first`, those come first on which the captions of the most
    methods are hallucinated.
    """

    sources: tuple[str, ...] = ("run",)
    epoch: int
    images: int
    worst_first: bool = False


@dataclass(frozen=True, kw_only=True)
class AnswerFigure(Artefact):
    """Answers to the same test questions by the base and by each method and connector state.

    `dataset` is a label. Of its questions, in the order in which the study's seed drew them,
    `questions` are shown, from the one at `start` on.
    """

    sources: tuple[str, ...] = ("run",)
    dataset: str
    start: int
    questions: int
