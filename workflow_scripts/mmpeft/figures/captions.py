"""Captions of the same images by the base and by each method, with made-up words marked."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mmpeft.aggregation import MISSING
from mmpeft.artefacts.kinds import CaptionFigure
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.cards import (
    BASE,
    Card,
    cards_figure,
    gap,
    judged,
    model_label,
    nothing_to_show,
    one_of_the_captions,
    status_of,
)
from mmpeft.figures.page import Text


def captions(data: Collected, spec: CaptionFigure) -> Figure:
    """Draw one card for each image.

    Of the runs that the evaluation measures those count that share model, data set and target with
    the first one; of several for a method, the first.
    """
    cells = [one for one in data.study["evaluations"] if one["evaluation"] == spec.evaluation]
    epochs = (cells[0]["measured_epochs"] or []) if cells else []
    if not -len(epochs) <= spec.epoch < len(epochs):
        return nothing_to_show(style.NOT_PART)
    epoch, first = epochs[spec.epoch], cells[0]
    shared = ("model", "dataset", "target")
    cells = [cell for cell in cells if all(cell[axis] == first[axis] for axis in shared)]
    rows = data.samples.answers
    rows = rows[
        (rows["evaluation"] == spec.evaluation)
        & (rows["model"] == first["model"])
        & (rows["target"] == first["target"])
    ]
    said = rows[(rows["kind"] == "base") | (rows["epoch"] == epoch)]
    said = said[(said["kind"] == "base") | (said["dataset"] == first["dataset"])]
    if said["run"].isna().all():
        return nothing_to_show(f"{MISSING}: no captions to show")
    ids = list(dict.fromkeys(said["id"]))
    if spec.worst_first:
        wrong = said[said["hallucinated"].map(bool)].groupby("id")["method_label"].nunique()
        ids.sort(key=lambda name: -wrong.get(name, 0))  # stable: the order drawn among equals
    label = model_label(data.study, first["model"])
    title = f"{label} tuned on {first['dataset_label']}, epoch {epoch} of {first['epochs']}"
    chosen = ids[: spec.images]
    letters = style.letters() if len(chosen) > 1 else [""]
    cards = [
        _card(f"{letter} {title}".strip(), said[said["id"] == name], cells, data)
        for letter, name in zip(letters, chosen, strict=False)
    ]
    return cards_figure(cards, _notes(said, len(ids), len(chosen)))


def _card(
    title: str, rows: pd.DataFrame, cells: Sequence[Mapping[str, Any]], data: Collected
) -> Card:
    """rows: all captions of one image. cells: those of the study that should have one."""
    one, base = rows.iloc[0], rows[rows["kind"] == "base"]
    methods = style.methods_in(cell["method_label"] for cell in cells)
    return Card(
        title=title,
        image=data.samples.images.get(one["image"]),
        facts=[("Prompt", one["prompt"]), one_of_the_captions(one["answers"])],
        columns=["Caption"],
        rows=[
            (BASE, [_said(base)]),
            *((method, [_caption(rows, cells, data, method)]) for method in methods),
        ],
    )


def _caption(
    rows: pd.DataFrame, cells: Sequence[Mapping[str, Any]], data: Collected, method: str
) -> Text:
    cell = next(cell for cell in cells if cell["method_label"] == method)
    said = rows[rows["run"] == cell["run"]]
    if said.empty:
        where = {axis: cell[axis] for axis in ("evaluation", "target", "run")}
        return gap(status_of(data.results, kind="evaluation", **where))
    return _said(said)


def _said(rows: pd.DataFrame) -> Text:
    if rows.empty:
        return gap(MISSING)
    return judged(rows.iloc[0]["prediction"], rows.iloc[0]["hallucinated"])


def _notes(said: pd.DataFrame, images: int, shown: int) -> str:
    """How many of the images are shown, and how many each method gets wrong of all of them."""
    runs = said[said["run"].notna()]
    wrong = runs["hallucinated"].map(bool).groupby(runs["method_label"]).sum()
    counts = ", ".join(f"{name} {wrong[name]}" for name in style.methods_in(wrong.index))
    return (
        f"✓ nothing made up; ✗ made-up words are bold and underlined. n = {shown} of {images} "
        f"images; captions with made-up words among all {images}: {counts}."
    )
