"""The figures of the paper, in its order."""

from collections.abc import Mapping

from mmpeft.artefacts.kinds import (
    Artefact,
    FluctuationFigure,
    GainFigure,
    LossFigure,
    SeedLossFigure,
    SeenUnseenFigure,
    SizeFigure,
)

_LOSS_BINS = 4  # a quarter of an epoch evens out single batches and keeps the jumps between epochs

_FIGURES: tuple[Artefact, ...] = (
    SeenUnseenFigure(
        id="figure02_seen_unseen",
        title="Unseen and seen data sets",
        caption=(
            "Mean score of each method over models and data sets, with the connector tuned (a) "
            "and frozen (b). Points: one model each. Dashed: the un-tuned bases."
        ),
        section="Main results",
        experiments=("main",),
        panels=(("tuned", "(a) connector tuned"), ("frozen", "(b) connector frozen")),
    ),
    LossFigure(
        id="figure03_loss_scienceqa",
        title="Training and validation loss on ScienceQA",
        caption=(
            "Loss of each method over 12 epochs. Training: mean of each quarter of an epoch; "
            "validation: after each epoch, its minimum marked."
        ),
        section="Over-fitting",
        experiments=("long",),
        datasets=("SQA (img)",),
        bins=_LOSS_BINS,
    ),
    FluctuationFigure(
        id="figure04_generalisation",
        title="Generalisation of each method",
        caption=(
            "Score on another data set than the one trained on (mean over the epochs of Table 4), "
            "less the mean of all methods for the same pair of data sets."
        ),
        section="Over-fitting",
        evaluations=("transfer",),
    ),
    SizeFigure(
        id="figure05_size",
        title="Number of trainable parameters",
        caption=(
            "Accuracy on all test questions of ScienceQA by size, in the paper's labels. Line: "
            "mean over seeds; points: one run each."
        ),
        section="Size",
        experiments=("size",),
        dataset="SQA (img)",
        score="Accuracy on SQA (all), %",
    ),
    GainFigure(
        id="figure06_data_gain",
        title="Gain from more training data",
        caption=(
            "Relative gain of the average over all data sets from low to medium and from medium "
            "to high resources; above each bar, the gain in points."
        ),
        section="Data scale",
        experiments=("data_scale",),
    ),
    SeedLossFigure(
        id="figure07_seed_loss",
        title="Training loss over seeds",
        caption=(
            "Training loss of each method at its default settings: mean over seeds and 95 % "
            "confidence interval of that mean (Student's t)."
        ),
        section="Stability",
        experiments=("learning_rate", "main"),
        bins=25,
    ),
    LossFigure(
        id="figure08_loss_iconqa_vizwiz",
        title="Training and validation loss on IconQA-txt and VizWiz",
        caption=(
            "Loss of each method over 12 epochs. Training: mean of each quarter of an epoch; "
            "validation: after each epoch, its minimum marked."
        ),
        section="Over-fitting",
        experiments=("long",),
        datasets=("IconQA-txt", "VizWiz"),
        bins=_LOSS_BINS,
    ),
)

FIGURES: Mapping[str, Artefact] = {figure.id: figure for figure in _FIGURES}
