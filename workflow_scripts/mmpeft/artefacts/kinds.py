"""Kinds of tables and figures: what a declaration must say for the code that renders it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A table or figure, filled from one experiment, one evaluation or one set of examples.

    `id` is the stem of its files, `section` that of the paper and its category in the report. Of
    the `experiments`, `evaluations` or `examples` that it needs the first are those it shows; a
    study without them lacks it. One that needs none shows the study itself.
    """

    id: str
    title: str
    caption: str
    section: str
    experiments: tuple[str, ...] = ()
    evaluations: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

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
class DocumentTable(Artefact):
    """What a study is made of; `content` names a builder of `tables.documents`.

    `notes` say what the paper's print has wrong, or leaves out.
    """

    content: str
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CoverageTable(Artefact):
    """How much of each experiment and evaluation is there, and why the rest is not."""


@dataclass(frozen=True, kw_only=True)
class SeenUnseenFigure(Artefact):
    """Mean score of each method on unseen and on seen data sets, one panel a connector state."""

    panels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class LossFigure(Artefact):
    """Training and validation loss of single runs, a panel for each method and data set.

    `datasets` are labels; `bins` the number of points that the training loss of an epoch gives.
    """

    datasets: tuple[str, ...]
    bins: int


@dataclass(frozen=True, kw_only=True)
class SeedLossFigure(Artefact):
    """Training loss of each method over seeds: mean and 95 % confidence band, a panel a data set.

    Of the first experiment only the runs count whose settings, seeds apart, the second one has.
    `bins` is the number of points that a training gives.
    """

    bins: int


@dataclass(frozen=True, kw_only=True)
class SizeFigure(Artefact):
    """Score on the whole test set of `dataset` (a label) by size, one panel for each method.

    `score` names it on the axis: the label of a data set is that of its headline.
    """

    dataset: str
    score: str


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

    epoch: int
    images: int
    worst_first: bool = False


@dataclass(frozen=True, kw_only=True)
class AnswerFigure(Artefact):
    """Answers to the same test questions by the base and by each method and connector state.

    `dataset` is a label. Of its questions, in the order in which the study's seed drew them,
    `questions` are shown, from the one at `start` on.
    """

    dataset: str
    start: int
    questions: int
