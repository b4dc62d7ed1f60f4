"""What the paper prints, as one tidy table: a row for each value, averages included.

A row names the `part` of a study that the value belongs to (an experiment or an evaluation) and the
labels that its table prints; labels that it does not print are empty, and those of the part hold.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pandas as pd

from mmpeft import tidy
from mmpeft.axes import RESOURCES

# What a value is, beside the names of metrics and of the columns of results.
SCORE, MEAN, SD, AVERAGE = "score", "mean", "sd", "average"

LABELS = (
    "model_label",
    "method_label",
    "location_label",
    "size_label",
    "learning_rate_label",
    "connector_label",
    "visual_encoder_label",
    "samples_label",
    "dataset_label",
    "target_label",
    "epoch",
    "epoch_place",
)
_NUMBERS = ("size_label", "learning_rate_label", "samples_label", "epoch", "epoch_place")
# `text` is the value as printed, `step` one unit of its last digit; both numbers are NaN of a text.
COLUMNS: Mapping[str, str] = {
    "table": "str",
    "source": "str",
    "part": "str",
    **{label: "float64" if label in _NUMBERS else "str" for label in LABELS},
    "quantity": "str",
    "text": "str",
    "value": "float64",
    "step": "float64",
}

_MODELS = {
    "LLaVA-v1.5 7B": "LLaVA-1.5-7B",
    "LLaVA-v1.5 13B": "LLaVA-1.5-13B",
    "LLaVA-7B": "LLaVA-1.5-7B",
    "LLaVA-13B": "LLaVA-1.5-13B",
    "ShareGPT4v": "ShareGPT4V",
}
_DATASETS = {"Flickr30K": "Flickr30k", "SQA(img)": "SQA (img)", "SQA (all)": "SQA (img)"}
_RESOURCES = {name.partition(" ")[0]: samples for samples, name in RESOURCES.items()}
_NAMES = {
    "Overall Score↑": "mmhal_score",
    "Hallucination Rate↓": "mmhal_hallucination_rate",
    "Performance": AVERAGE,
}
_LLAVA = {"model_label": "LLaVA-1.5-7B"}

Line = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _File:
    """A file of printed values: columns that hold labels, and those that hold values.

    `labels` maps our labels to its columns, `same` gives labels that the table's caption states.
    `values` maps columns to quantities. A line whose `averaged` column says Avg is an average.
    """

    name: str
    part: str
    labels: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=lambda: {"value": SCORE})
    same: Mapping[str, Any] = field(default_factory=dict)
    averaged: str = "dataset"


_GRID = {"model_label": "model", "method_label": "method", "dataset_label": "dataset"}
_SWEEP = {"method_label": "method", "dataset_label": "dataset"}
_SPREAD = {"mean": MEAN, "std": SD}

_FILES = (
    _File(name="table1_main", part="main", labels=_GRID | {"connector_label": "connector"}),
    _File(
        name="table2_location_llava",
        part="location_llava",
        labels=_GRID | {"location_label": "location"},
    ),
    _File(
        name="table3_data_scale",
        part="data_scale",
        labels=_SWEEP | {"samples_label": "resource"},
        same=_LLAVA,
    ),
    _File(
        name="table4_generalisation",
        part="transfer",
        labels={
            "method_label": "method",
            "dataset_label": "source_domain",
            "target_label": "target_domain",
            "epoch_place": "overfitting_epoch",
        },
        same=_LLAVA,
        averaged="source_domain",
    ),
    _File(
        name="table5_mmhal",
        part="mmhal",
        labels={"method_label": "method", "dataset_label": "tuned_on"},
        same=_LLAVA,
    ),
    _File(
        name="table6_stability_size",
        part="size",
        labels=_SWEEP | {"size_label": "setting"},
        values=_SPREAD,
        same=_LLAVA,
    ),
    _File(
        name="table7_hallucinated_captions",
        part="captions",
        labels={"method_label": "method", "epoch": "epoch"},
        values={"hallucinated_of_100": "hallucinated_captions"},
        same=_LLAVA | {"dataset_label": "IconQA-txt", "target_label": "Flickr30k"},
        averaged="epoch",
    ),
    _File(
        name="table12_visual_encoder",
        part="visual_encoder",
        labels=_GRID | {"visual_encoder_label": "visual_encoder"},
    ),
    _File(
        name="table13_location_qwen",
        part="location_qwen",
        labels=_GRID | {"location_label": "location"},
    ),
    _File(
        name="table14_stability_lr",
        part="learning_rate",
        labels=_SWEEP | {"learning_rate_label": "setting"},
        values=_SPREAD,
        same=_LLAVA,
    ),
    _File(
        name="table15_parameters_flops",
        part="main",
        labels={"model_label": "model", "method_label": "method", "connector_label": "connector"},
        values={
            "trainable_percent": "trainable_percent",
            "train_flops": "train_flops",
            "inference_flops": "inference_flops",
            "performance": AVERAGE,
        },
    ),
    _File(
        name="figure5_size",
        part="size",
        labels=_SWEEP | {"size_label": "setting"},
        values={"value": "option_accuracy_all"},
        same=_LLAVA,
    ),
    _File(
        name="table8_datasets_as_printed",
        part="datasets",
        labels={"dataset_label": "dataset"},
        values={
            "task": "Task",
            "split": "Split",
            "metric": "Metric",
            "answer_type": "Answer type",
            "dataset_type": "Type",
        },
    ),
    _File(
        name="table11_hyperparameters_as_printed",
        part="hyperparameters",
        labels={"model_label": "model"},
    ),
)


def read(folder: Path) -> pd.DataFrame:
    """Read all files of the folder (reference/paper) as rows of COLUMNS."""
    return typed([row for file in _FILES for row in _rows(file, folder)])


def typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table with the types of COLUMNS."""
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict(COLUMNS))


def read_collected(parquet: Path) -> pd.DataFrame:
    """Read reported.parquet; raises ValueError if its columns are not those of this version."""
    return tidy.read(parquet, COLUMNS)


def _rows(file: _File, folder: Path) -> Iterator[dict[str, Any]]:
    lines = pd.read_csv(folder / f"{file.name}.csv", dtype=str, keep_default_na=False)
    for line in lines.to_dict("records"):
        average = line.get(file.averaged) == "Avg"
        labels = {
            label: _label(label, line[column])
            for label, column in file.labels.items()
            if not average or column not in (file.averaged, "target_domain")
        }
        for column, quantity in file.values.items():
            yield {
                "table": line["source"].rpartition(":")[2].partition(" ")[2],
                "source": line["source"],
                "part": file.part,
                **file.same,
                **labels,
                "quantity": AVERAGE if average else _quantity(line, quantity),
                **_number(line[column]),
            }


def _label(label: str, text: str) -> Any:
    known: Mapping[str, Callable[[str], Any]] = {
        "model_label": lambda one: _MODELS.get(one, one),
        "dataset_label": lambda one: _DATASETS.get(one, one),
        "location_label": str.lower,
        "samples_label": lambda one: _RESOURCES[one.removesuffix("-Resource")],
    }
    return known.get(label, float if label in _NUMBERS else str)(text)


def _quantity(line: Line, quantity: str) -> str:
    """Table 5 has a column, Table 11 a line, for each quantity; the others have one quantity."""
    if "column" in line:
        return _NAMES.get(line["column"], f"mmhal_{line['column'].lower()}")
    return line.get("configuration", quantity)


def _number(text: str) -> dict[str, Any]:
    """The number that a text is, and the unit of its last digit: 0.1 for 76.3."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return {"text": text, "value": None, "step": None}
    return {"text": text, "value": float(number), "step": 10.0 ** int(number.as_tuple().exponent)}
