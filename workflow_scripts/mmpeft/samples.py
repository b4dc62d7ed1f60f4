"""The samples that qualitative figures choose from: single answers of runs, and their images.

Three kinds of rows: "run", a few test questions of the runs that the study's `examples` name;
"evaluation", all answers that a judge has looked at; "base", the captions of the un-tuned base for
the images that the evaluations caption. `image` is the key of an image in a file of its own, where
each stands once.
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import read_rows
from mmpeft.files import whole_file

Record = Mapping[str, Any]

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
# `hallucinated` is null where no judge has looked, `id` the row of the dataset `target`.
SAMPLES = pa.schema(
    {
        "kind": _TEXT,
        "examples": _TEXT,
        "evaluation": _TEXT,
        "experiment": _TEXT,
        "run": _TEXT,
        "model": _TEXT,
        "method_label": _TEXT,
        "connector": _TEXT,
        "dataset": _TEXT,
        "epoch": pa.int64(),
        "target": _TEXT,
        "target_label": _TEXT,
        "id": _TEXT,
        "image": _TEXT,
        "question": _TEXT,
        "prompt": _TEXT,
        "answers": _TEXTS,
        "prediction": _TEXT,
        "score": pa.float64(),
        "hallucinated": _TEXTS,
    }
)
IMAGES = pa.schema({"image": _TEXT, "bytes": pa.binary()})


def collect_samples(grid: Record, folder: Path, datasets: Path, samples: Path, images: Path) -> int:
    """Write the samples that `grid` (`Study.manifest`) asks for, and their images.

    folder: results/<study>. datasets: the folder of all datasets. Runs and evaluations that failed,
    or are not there yet, have no samples. Returns the number of samples.
    """
    rows = [
        _row(row)
        for rows in (
            *(_example_rows(cell, grid, folder) for cell in grid["examples"]),
            *(_evaluation_rows(cell, folder) for cell in grid["evaluations"]),
            *(_base_rows(choice, folder) for choice in grid["images"]),
        )
        for row in rows
    ]
    _write(rows, SAMPLES, samples)
    _write(_images(rows, grid["test_files"], datasets), IMAGES, images)
    return len(rows)


def read_samples(folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of samples.parquet, and the keys of the images in sample_images.parquet."""
    samples = pq.ParquetFile(folder / "samples.parquet").read().to_pylist()
    images = pq.ParquetFile(folder / "sample_images.parquet").read(columns=["image"])
    return samples, images["image"].to_pylist()


def chosen_ids(ids: Iterable[str], items: int, seed: int) -> list[str]:
    """The ids to keep of a test set, all of them if there are no more: the same for all runs."""
    candidates = sorted(ids)
    return random.Random(seed).sample(candidates, min(items, len(candidates)))


def _example_rows(cell: Record, grid: Record, folder: Path) -> Iterator[dict[str, Any]]:
    items = _predictions(folder / "runs" / cell["run"] / "predictions.parquet")
    with_image = {item["id"]: item for item in items if item["has_image"]}
    for name in chosen_ids(with_image, cell["items"], grid["examples_seed"]):
        target = {"target": cell["dataset"], "epoch": cell["epochs"]}
        yield {**cell, "kind": "run", **target, **with_image[name]}


def _evaluation_rows(cell: Record, folder: Path) -> Iterator[dict[str, Any]]:
    place = Path("evaluations") / cell["evaluation"] / cell["target"] / cell["run"]
    for item in _predictions(folder / place / "predictions.parquet"):
        if item["hallucinated"] is not None:
            yield {**cell, "kind": "evaluation", **item}


def _base_rows(choice: Record, folder: Path) -> Iterator[dict[str, Any]]:
    file = folder / "images" / choice["evaluation"] / choice["model"] / f"{choice['target']}.json"
    if not file.is_file():
        return
    captions = folder / "baselines/base" / choice["model"] / choice["target"]
    said = {item["id"]: item for item in _predictions(captions / "predictions.parquet")}
    for image in json.loads(file.read_text(encoding="utf-8"))["images"]:
        yield {**choice, "kind": "base", **said[image["id"]], "hallucinated": []}


def _predictions(file: Path) -> list[dict[str, Any]]:
    """Rows of a predictions file without the dataset, which is the target of the sample."""
    if not file.is_file():
        return []
    items = pq.ParquetFile(file).read().to_pylist()
    return [{name: item[name] for name in item if name != "dataset"} for item in items]


def _row(found: Record) -> dict[str, Any]:
    """A row of SAMPLES from all that is known of an answer."""
    target = found["target"]
    more = {"target_label": DATASETS[target].label, "image": f"{target}/{found['id']}"}
    return {name: {**found, **more}.get(name) for name in SAMPLES.names}


def _images(
    rows: list[dict[str, Any]], test_files: Mapping[str, str], datasets: Path
) -> Iterator[dict[str, Any]]:
    """Each image of the samples once, in the order of their keys."""
    wanted = {row["image"] for row in rows}
    for target in sorted({row["target"] for row in rows}):
        for row in read_rows(datasets / test_files[target]):
            if (key := f"{target}/{row['id']}") in wanted:
                yield {"image": key, "bytes": row["image"]}


def _write(rows: Iterable[dict[str, Any]], schema: pa.Schema, path: Path) -> None:
    with whole_file(path) as part:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), part)
