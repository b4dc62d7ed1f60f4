"""The figures of the paper, in its order, and those that go beyond it."""

from collections.abc import Mapping
from typing import Any

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

_LOSS_BINS = 4  # a quarter of an epoch evens out single batches and keeps the jumps between epochs
_LOSS_CAPTION = (
    "Loss of each method over a long fine-tuning (12 epochs in the paper). Training: mean of each "
    "quarter of an epoch; validation: after each epoch, its minimum marked. Where the first epoch "
    "is higher than the axis reaches, ↑ says how high."
)


def _pareto(what: str, title: str, told: str, **shown: Any) -> ParetoFigure:
    """The trade-off between score and one cost."""
    return ParetoFigure(
        id=f"pareto_{what}",
        title=title,
        caption=(
            f"Average score over data sets against {told}, for each model, method and connector "
            "state. Grey: the front of those that no other one beats in both."
        ),
        section="Fair comparison",
        sources=("run",),
        experiments=("main",),
        **shown,
    )


def _captions(number: int, place: str, epoch: int) -> CaptionFigure:
    """One of Figures 10 to 13: two images, the same in each."""
    return CaptionFigure(
        id=f"figure{number}_captions_{place}",
        title=f"Captions after the {place} measured epoch",
        caption=(
            f"Captions of two images by the base and by each method after the {place} of the "
            "epochs that are measured (3, 6, 9 and 12 in the paper) of tuning on another data set. "
            "Bold and underlined: what is not in the image. Images: the first two that the seed "
            "draws of those that the base captions without hallucination, the same in Figures 10 "
            "to 13."
        ),
        section="Hallucination",
        evaluations=("captions",),
        epoch=epoch,
        images=2,
    )


def _answers(number: int, name: str, dataset: str, start: int = 0) -> AnswerFigure:
    """One of Figures 14 to 23: two test questions."""
    which = "The first two" if start == 0 else "The next two"
    return AnswerFigure(
        id=f"figure{number}_answers_{name}",
        title=f"Answers on {dataset}" if start == 0 else f"More answers on {dataset}",
        caption=(
            f"{which} test questions of {dataset} with an image that the seed of the study draws: "
            "prompt, reference, and the answers of the un-tuned base and of each method, a column "
            "for each state of the connector, each with its score."
        ),
        section="Qualitative examples",
        examples=("answers",),
        dataset=dataset,
        start=start,
        questions=2,
    )


_FIGURES: tuple[Artefact, ...] = (
    ArchitectureFigure(
        id="figure01_architecture",
        title="Architecture and methods",
        caption=(
            "The first model of each family and one of its decoder layers, as its modules are "
            "named, with the places of the methods; below, what each method adds there, and the "
            "shapes (out x in) of its tensors in the first model. Filled marks: default location "
            "of a method; outlined: other locations in this study."
        ),
        section="Set-up",
    ),
    SeenUnseenFigure(
        id="figure02_seen_unseen",
        title="Unseen and seen data sets",
        caption=(
            "Mean score of each method over models and data sets, with the connector tuned (a) "
            "and frozen (b). Points: one model each. Dashed, where they are scored: the un-tuned "
            "bases."
        ),
        section="Main results",
        experiments=("main",),
        panels=(("tuned", "(a) connector tuned"), ("frozen", "(b) connector frozen")),
    ),
    LossFigure(
        id="figure03_loss_scienceqa",
        title="Training and validation loss on ScienceQA",
        caption=_LOSS_CAPTION,
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
            "less the mean of all methods for the same pair of data sets. Whiskers: 95 % "
            "confidence interval over test items, and over seeds where there are several."
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
            "to high resources; above each bar, the gain in points. Whiskers: 95 % confidence "
            "interval over test items, and over seeds where there are several."
        ),
        section="Data scale",
        experiments=("data_scale",),
    ),
    SeedLossFigure(
        id="figure07_seed_loss",
        title="Training loss over seeds",
        caption=(
            "Training loss of each method at its default settings: mean over seeds and 95 % "
            "confidence interval of that mean (Student's t). Where the first epoch is higher "
            "than the axis reaches, ↑ says how high."
        ),
        section="Stability",
        experiments=("learning_rate", "main"),
        bins=25,
    ),
    LossFigure(
        id="figure08_loss_iconqa_vizwiz",
        title="Training and validation loss on IconQA-txt and VizWiz",
        caption=_LOSS_CAPTION,
        section="Over-fitting",
        experiments=("long",),
        datasets=("IconQA-txt", "VizWiz"),
        bins=_LOSS_BINS,
    ),
    CaptionFigure(
        id="figure09_hallucination",
        title="An example of hallucination",
        caption=(
            "Captions of one image by the base and by each method after the last epoch of tuning "
            "on another data set. Bold and underlined: what is not in the image. Image: of those "
            "that the base captions without hallucination, the one on which the most methods "
            "hallucinate; among equals the one that the seed draws first."
        ),
        section="Hallucination",
        evaluations=("captions",),
        epoch=-1,
        images=1,
        worst_first=True,
    ),
    _captions(10, "first", 0),
    _captions(11, "second", 1),
    _captions(12, "third", 2),
    _captions(13, "fourth", 3),
    _answers(14, "flickr30k", "Flickr30k"),
    _answers(15, "okvqa", "OKVQA"),
    _answers(16, "ocrvqa", "OCRVQA"),
    _answers(17, "flickr30k_more", "Flickr30k", start=2),
    _answers(18, "scienceqa", "SQA (img)"),
    _answers(19, "vizwiz", "VizWiz"),
    _answers(20, "ocrvqa_more", "OCRVQA", start=2),
    _answers(21, "iconqa_txt", "IconQA-txt"),
    _answers(22, "iconqa_blank", "IconQA-blank"),
    _answers(23, "vqav2", "VQAv2"),
    MatchedFigure(
        id="matched_sizes",
        title="Score by number of parameters",
        caption=(
            "Average score over data sets of each method at each of its sizes, against the number "
            "of parameters that the method trains, without the connector. Line: mean over seeds; "
            "points: one seed each; numbers: sizes in the paper's labels. Methods above each other "
            "are of equal size."
        ),
        section="Fair comparison",
        sources=("run",),
        experiments=("size",),
    ),
    _pareto(
        "memory",
        "Score against memory",
        "the largest memory that a training took",
        costs=("train_gpu_memory", "train_memory"),
        axis="Peak training memory (GB)",
    ),
    _pareto(
        "parameters",
        "Score against parameters",
        "the number of trained parameters, those of a tuned connector included",
        costs=("trainable",),
        axis="Trainable parameters",
        logarithmic=True,
    ),
    _pareto(
        "seconds",
        "Score against training time",
        "the seconds of a training, start-up apart (mean over data sets; each was timed once, with "
        "whatever else the machine did)",
        costs=("train_seconds",),
        axis="Training time (s)",
    ),
)

_COMPARISON = ComparisonFigure(
    id="compared_main",
    title="Scores of Table 1, ours and reported",
    caption=(
        "Each cell of Table 1 that is in this study, against the number that the paper reports: a "
        "point for each model, method and connector state (filled: tuned, open: frozen). Dashed: "
        "equal scores, where a panel reaches there; τ: Kendall's tau-b over all points of a panel."
    ),
    section="Comparison",
    experiments=("main",),
)

FIGURES: Mapping[str, Artefact] = {figure.id: figure for figure in (*_FIGURES, _COMPARISON)}
