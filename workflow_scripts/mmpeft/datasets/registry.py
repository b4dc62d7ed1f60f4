"""The datasets: eight to train on, a test set for hallucination, and a mini stand-in of each.

What is fixed for a dataset (task, metric, prompt, seen or unseen) lives here; how many samples of
it a study uses is the study's business. Order and labels are those of the paper's Table 1. The
printed Table 8 types VQAv2 as unseen and VizWiz as seen; Section 4.1 and all results have it the
other way round, and so has this table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mmpeft.datasets import prompts, targets

Row = Mapping[str, Any]

# Beside the files of the splits: how a dataset was made, or why it could not be.
PREPARATION = "preparation.json"


@dataclass(frozen=True, kw_only=True)
class DatasetSpec:
    """What is fixed for a dataset.

    `prompt(row)` is the user's text, `target(row)` the answer to train on (None: a test set alone),
    `metric` a key of `mmpeft.metrics.METRICS` (None: answers are graded by a judge),
    `max_new_tokens` the length limit of an answer when it is scored, `sources` the names of what it
    is made from (`mmpeft.datasets.sources`), none for a dataset that is generated here.
    """

    name: str
    label: str
    task: str
    metric: str | None
    seen: bool
    answer_type: str
    prompt: Callable[[Row], str]
    target: Callable[[Row], str] | None
    max_new_tokens: int
    sources: tuple[str, ...]

    @property
    def trained(self) -> bool:
        """Whether models can be trained on it."""
        return self.target is not None

    @property
    def mini(self) -> bool:
        """Whether this is a procedural stand-in, generated here."""
        return self.name.startswith("mini-")


_PAPER = (
    DatasetSpec(
        name="scienceqa",
        label="SQA (img)",
        task="multiple_choice",
        metric="option_accuracy",
        seen=False,
        answer_type="Option",
        prompt=prompts.lettered_options,
        target=targets.letter,
        max_new_tokens=16,
        sources=("scienceqa",),
    ),
    DatasetSpec(
        name="vizwiz",
        label="VizWiz",
        task="vqa",
        metric="vizwiz_score",
        seen=False,
        answer_type="Phrase",
        prompt=prompts.unanswerable,
        target=targets.majority,
        max_new_tokens=16,
        sources=("vizwiz",),
    ),
    DatasetSpec(
        name="iconqa-txt",
        label="IconQA-txt",
        task="multiple_choice",
        metric="choice_accuracy",
        seen=False,
        answer_type="Word",
        prompt=prompts.choose_text,
        target=targets.majority,
        max_new_tokens=16,
        sources=("iconqa",),
    ),
    DatasetSpec(
        name="iconqa-blank",
        label="IconQA-blank",
        task="vqa",
        metric="blank_accuracy",
        seen=False,
        answer_type="Word",
        prompt=prompts.fill_in_blank,
        target=targets.majority,
        max_new_tokens=16,
        sources=("iconqa",),
    ),
    DatasetSpec(
        name="flickr30k",
        label="Flickr30k",
        task="caption",
        metric="cider",
        seen=False,
        answer_type="Caption",
        prompt=prompts.caption,
        target=targets.one_reference,
        max_new_tokens=64,
        sources=("flickr30k",),
    ),
    DatasetSpec(
        name="okvqa",
        label="OKVQA",
        task="vqa",
        metric="vqa_score",
        seen=True,
        answer_type="Phrase",
        prompt=prompts.short_answer,
        target=targets.majority,
        max_new_tokens=16,
        sources=("okvqa", "coco"),
    ),
    DatasetSpec(
        name="ocrvqa",
        label="OCRVQA",
        task="vqa",
        metric="exact_match",
        seen=True,
        answer_type="Phrase",
        prompt=prompts.short_answer,
        target=targets.majority,
        max_new_tokens=32,
        sources=("ocrvqa",),
    ),
    DatasetSpec(
        name="vqav2",
        label="VQAv2",
        task="vqa",
        metric="vqa_score",
        seen=True,
        answer_type="Phrase",
        prompt=prompts.short_answer,
        target=targets.majority,
        max_new_tokens=16,
        sources=("vqav2", "coco"),
    ),
    DatasetSpec(
        name="mmhal",
        label="MMHal-Bench",
        task="hallucination",
        metric=None,
        seen=False,
        answer_type="Sentence",
        prompt=prompts.bare_question,
        target=None,
        max_new_tokens=256,
        sources=("mmhal",),
    ),
)

# A mini answer is a word or two; the longest captions of a mini base have 55 tokens.
_MINI_TOKENS = {"caption": 64, "hallucination": 64, "multiple_choice": 4, "vqa": 4}

DATASETS: Mapping[str, DatasetSpec] = {
    spec.name: spec
    for paper in _PAPER
    for spec in (
        paper,
        replace(
            paper,
            name=f"mini-{paper.name}",
            max_new_tokens=_MINI_TOKENS[paper.task],
            sources=(),
        ),
    )
}
