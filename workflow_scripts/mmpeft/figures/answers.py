"""Answers to the same test questions by the base, and by each method and connector state."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mmpeft import aggregation
from mmpeft.aggregation import MISSING
from mmpeft.artefacts.kinds import AnswerFigure
from mmpeft.collected import Collected
from mmpeft.datasets.registry import DATASETS
from mmpeft.figures import style
from mmpeft.figures.cards import (
    BASE,
    Card,
    cards_figure,
    gap,
    model_label,
    nothing_to_show,
    one_of_the_captions,
    scored,
    status_of,
)
from mmpeft.figures.page import Text

_STATES = ("frozen", "tuned")
_SHOWN_REFERENCES = 3


def answers(data: Collected, spec: AnswerFigure) -> Figure:
    """Draw one card for each question; of several models the first is shown."""
    asked = [
        cell
        for cell in data.study["examples"]
        if cell["examples"] == spec.example and cell["dataset_label"] == spec.dataset
    ]
    if not asked:
        return nothing_to_show(style.NOT_PART)
    model, dataset = asked[0]["model"], asked[0]["dataset"]
    cells = [cell for cell in asked if cell["model"] == model]
    rows = data.samples.answers
    rows = rows[
        (rows["examples"] == spec.example) & (rows["model"] == model) & (rows["target"] == dataset)
    ]
    ids = list(dict.fromkeys(rows["id"]))[spec.start : spec.start + spec.questions]
    if not ids:
        return nothing_to_show(f"{MISSING}: no answers to show")
    label = model_label(data.study, model)
    cards = [
        _card(f"{letter} {label}, {spec.dataset}", rows[rows["id"] == name], cells, data)
        for letter, name in zip(style.letters(), ids, strict=False)
    ]
    return cards_figure(cards, _notes(data, dataset, len(ids)))


def _card(
    title: str, rows: pd.DataFrame, cells: Sequence[Mapping[str, Any]], data: Collected
) -> Card:
    """rows: all answers to one question. cells: those of the study that should have one."""
    one = rows.iloc[0]
    states = [state for state in _STATES if any(cell["connector"] == state for cell in cells)]
    methods = style.methods_in(cell["method_label"] for cell in cells)
    base = rows[rows["kind"] == "base"]
    return Card(
        title=title,
        image=data.samples.images.get(one["image"]),
        facts=[("Prompt", one["prompt"]), _reference(one)],
        columns=[f"connector {state}" for state in states],
        rows=[
            (BASE, [_said(base.iloc[0]) if len(base) else gap(MISSING)]),
            *(
                (method, [_answer(rows, cells, data, method, state) for state in states])
                for method in methods
            ),
        ],
    )


def _answer(
    rows: pd.DataFrame,
    cells: Sequence[Mapping[str, Any]],
    data: Collected,
    method: str,
    state: str,
) -> Text:
    """What the first run of a method and connector state says."""
    runs = [
        cell["run"]
        for cell in cells
        if cell["method_label"] == method and cell["connector"] == state
    ]
    if not runs:
        return gap(style.NOT_PART)
    said = rows[rows["run"] == runs[0]]
    if said.empty:
        return gap(status_of(data.results, kind="run", run=runs[0]))
    return _said(said.iloc[0])


def _said(row: pd.Series) -> Text:
    return scored(row["prediction"], row["score"], percent=not _is_caption(row["target"]))


def _is_caption(dataset: str) -> bool:
    return DATASETS[dataset].task == "caption"


def _reference(row: pd.Series) -> tuple[str, str]:
    """Heading and text: the accepted answers, most frequent first, or one of the captions."""
    given = row["answers"]
    if _is_caption(row["target"]):
        return one_of_the_captions(given)
    if len(given) == 1:
        return "Reference", given[0]
    counts = Counter(given)
    named = [f"{text} ({number})" for text, number in counts.most_common(_SHOWN_REFERENCES)]
    more = [] if len(counts) <= _SHOWN_REFERENCES else ["…"]
    return f"Answers of {len(given)} annotators", ", ".join(named + more)


def _notes(data: Collected, dataset: str, shown: int) -> str:
    if _is_caption(dataset):
        marks = "Number before a caption: its CIDEr × 100."
    else:
        marks = "✓ right; ✗ wrong; a number: partly right, score in %."
        if not DATASETS[dataset].metric.endswith("_score"):
            marks = "✓ right; ✗ wrong."
    items = aggregation.scored_items(data.results, dataset)
    of = "" if items is None else f" of {items}"
    seed = data.study["examples_seed"]
    return f"{marks} n = {shown}{of} test questions with an image, drawn by seed {seed}."
