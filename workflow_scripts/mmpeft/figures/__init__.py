"""Figures: drawn with matplotlib from what a study has collected, one look for all of them."""

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from mmpeft.artefacts.kinds import (
    AnswerFigure,
    ArchitectureFigure,
    Artefact,
    CaptionFigure,
    ComparisonFigure,
    FluctuationFigure,
    GainFigure,
    LossFigure,
    MatchedFigure,
    ParetoFigure,
    SeedLossFigure,
    SeenUnseenFigure,
    SizeFigure,
)
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.answers import answers
from mmpeft.figures.architecture import architecture
from mmpeft.figures.captions import captions
from mmpeft.figures.comparison import comparison
from mmpeft.figures.fluctuation import fluctuation
from mmpeft.figures.gains import gains
from mmpeft.figures.loss_curves import loss_curves
from mmpeft.figures.matched import matched
from mmpeft.figures.pareto import pareto
from mmpeft.figures.seed_losses import seed_losses
from mmpeft.figures.seen_unseen import seen_unseen
from mmpeft.figures.sizes import sizes
from mmpeft.figures.style import write

__all__ = ["BUILDERS", "build", "write"]

BUILDERS: Mapping[type[Artefact], Callable[[Collected, Artefact], Figure]] = {
    SeenUnseenFigure: seen_unseen,
    LossFigure: loss_curves,
    SeedLossFigure: seed_losses,
    FluctuationFigure: fluctuation,
    SizeFigure: sizes,
    GainFigure: gains,
    ArchitectureFigure: architecture,
    CaptionFigure: captions,
    AnswerFigure: answers,
    ParetoFigure: pareto,
    MatchedFigure: matched,
    ComparisonFigure: comparison,
}


def build(data: Collected, spec: Artefact) -> Figure:
    """Draw the figure that a declaration describes."""
    with style.context():
        return BUILDERS[type(spec)](data, spec)
