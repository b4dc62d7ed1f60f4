"""How tables and figures name the axes of a study and write their values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from mmpeft.study.grid import short

NOT_APPLICABLE = "–"
OVERFITTING = "Over-fitting epoch"
RESOURCES: Mapping[int, str] = {1000: "Low (1k)", 5000: "Medium (5k)", 10000: "High (10k)"}
SIZE_NAMES: Mapping[str, str] = {
    "bottleneck": "Bottleneck size",
    "rank": "Rank",
    "virtual_tokens": "Virtual tokens",
}


@dataclass(frozen=True, kw_only=True)
class Axis:
    """An axis of a study: its `heading`, and how `text` writes a label.

    If the scale of a study can change the value behind a label of the paper, `actual` is the column
    with that value and `number` writes it.
    """

    heading: str
    text: Callable[[Any], str] = str
    actual: str | None = None
    number: Callable[[Any], str] = str


def count(value: int) -> str:
    """A number with thousands apart: 10,000."""
    return f"{int(value):,}"


def counted(number: int, noun: str) -> str:
    """A number with what it counts: 1 model, 2 models."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def rate(value: float) -> str:
    """A learning rate as the paper writes it, 2e-4; from 0.01 on, which it has none of, 0.24."""
    plain = f"{Decimal(repr(float(value))).normalize():f}"
    return plain if value >= 0.01 else short(float(value))


def resource(samples: int) -> str:
    """A number of training samples by the paper's name for it: Low (1k)."""
    return RESOURCES.get(int(samples), count(samples))


AXES: Mapping[str, Axis] = {
    "model": Axis(heading="Model"),
    "method": Axis(heading="Method"),
    "location": Axis(heading="Location", text={"attn": "Attn", "mlp": "MLP", "both": "Both"}.get),
    "size": Axis(heading="Size", text=count, actual="size", number=count),
    "learning_rate": Axis(heading="Learning rate", text=rate, actual="learning_rate", number=rate),
    "connector": Axis(heading="Connector"),
    "visual_encoder": Axis(heading="Visual encoder"),
    "samples": Axis(heading="Resource", text=resource, actual="train_samples", number=count),
    "dataset": Axis(heading="Data set"),
    "target": Axis(heading="Tested on"),
    "epoch": Axis(heading="Epoch", text=lambda epoch: f"Epoch {epoch}"),
    "epoch_place": Axis(heading=OVERFITTING, text=lambda place: f"{OVERFITTING} {place}"),
}


def text(axis: str, label: Any) -> str:
    """Write a label of an axis; a dash where a run has none."""
    return NOT_APPLICABLE if pd.isna(label) else AXES[axis].text(label)


def told(axis: str, label: Any) -> str:
    """The same away from a heading: what could be of two axes is named by its own."""
    whole = int(label) if isinstance(label, float) and label.is_integer() else label
    name = f"{AXES[axis].heading.lower()} " if axis in _NAMED else ""
    return f"{name}{text(axis, whole)}"


_NAMED = ("size", "learning_rate", "connector", "visual_encoder", "target")


def cell_name(labels: Mapping[str, Any]) -> str:
    """Name a cell by its labels, axis by axis; axes that it does not have are left out."""
    return " / ".join(told(axis, label) for axis, label in labels.items() if pd.notna(label))
