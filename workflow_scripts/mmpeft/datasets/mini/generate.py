"""Write a mini dataset: any number of rows of any split, each row from its own seed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmpeft.datasets.mini.tasks import TASKS, TASKS_IN_TURN
from mmpeft.datasets.schema import SPLITS, write_rows


def generate_row(dataset: str, split: str, index: int) -> dict[str, Any]:
    """Row `index` of a split: the same whatever the sizes, so a larger set contains the smaller.

    Raises KeyError for a dataset that is not procedural.
    """
    digest = hashlib.sha256(f"{dataset}/{split}/{index}".encode()).digest()
    rng = np.random.default_rng(list(digest[:16]))
    if dataset in TASKS_IN_TURN:
        sample = TASKS_IN_TURN[dataset](rng, split, index)
    else:
        sample = TASKS[dataset](rng, split)
    meta = json.dumps(sample.pop("meta"), sort_keys=True)
    return {"id": f"{split}-{index:06d}", "split": split, "meta": meta, **sample}


def generate_dataset(dataset: str, sizes: Mapping[str, int], folder: Path) -> None:
    """Write `<split>.parquet` with `sizes[split]` rows for each split of SPLITS."""
    for split in SPLITS:
        rows = (generate_row(dataset, split, i) for i in range(sizes[split]))
        write_rows(rows, folder / f"{split}.parquet")
