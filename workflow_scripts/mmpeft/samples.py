"""The samples that qualitative figures show: single answers of models, and their images.

Four kinds of rows: "run" and "base" with a name of `examples`, a few test questions as the runs
that the study's `examples` name answer them, and as the un-tuned base does; "evaluation", all
answers that a judge has looked at; "base" with a name of `evaluation`, the captions of the base
for the images that the evaluation lets runs caption. The rows of one run, or of one base, stand in
the order in which the seed of the study drew them. `image` is the key of an image in a file of its
own, where each stands once.
"""

import io
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmpeft import places, tidy
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import decode_image, read_rows
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
        "metric": _TEXT,
        "hallucinated": _TEXTS,
    }
)
IMAGES = pa.schema({"image": _TEXT, "bytes": pa.binary()})
# Longest side of a kept image, in pixels: figures show images an inch wide at 300 dots per inch.
MAX_SIDE = 384


@dataclass(frozen=True)
class Samples:
    """`answers`: a table with the columns of SAMPLES; `images`: encoded images by their key."""

    answers: pd.DataFrame = field(default_factory=lambda: _frame([]))
    images: Mapping[str, bytes] = field(default_factory=dict)


def collect(grid: Record, folder: Path, datasets: Path) -> Samples:
    """Gather the samples that `grid` (`Study.manifest`) asks for, and their images.

    folder: results/<study>. datasets: the folder of all datasets. Runs and evaluations that failed,
    or are not there yet, have no samples, and test sets that are not there no images. Images larger
    than MAX_SIDE are made smaller.
    """
    rows = [
        _row(row)
        for rows in (
            *(_example_rows(cell, grid, folder) for cell in grid["examples"]),
            *(_example_base_rows(base, grid, folder) for base in _example_bases(grid)),
            *(_evaluation_rows(cell, folder) for cell in grid["evaluations"]),
            *(_caption_base_rows(choice, folder) for choice in grid["images"]),
        )
        for row in rows
    ]
    return Samples(_frame(rows), dict(_images(rows, grid["test_files"], datasets)))


def write(samples: Samples, answers: Path, images: Path) -> None:
    """Write both parquet files."""
    pictures = [{"image": key, "bytes": data} for key, data in samples.images.items()]
    _write(records(samples), SAMPLES, answers)
    _write(pictures, IMAGES, images)


def read(answers: Path, images: Path) -> Samples:
    """Read both files; raises ValueError if their columns are not those of this version."""
    tables = [pq.ParquetFile(path).read() for path in (answers, images)]
    for path, table, schema in zip((answers, images), tables, (SAMPLES, IMAGES), strict=True):
        tidy.check_columns(path, table.column_names, schema.names)
    rows, pictures = tables
    lists = {
        name: rows[name].to_pylist() for name in SAMPLES.names if pa.types.is_list(rows[name].type)
    }
    return Samples(
        _typed(rows.to_pandas().assign(**lists)),
        {one["image"]: one["bytes"] for one in pictures.to_pylist()},
    )


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return _typed(pd.DataFrame(rows, columns=SAMPLES.names))


def _typed(answers: pd.DataFrame) -> pd.DataFrame:
    return answers.astype({"epoch": "Int64", "score": float})


def records(samples: Samples) -> list[dict[str, Any]]:
    """The answers as rows of SAMPLES, None where there is no value."""
    answers = samples.answers
    return answers.astype(object).where(answers.notna(), None).to_dict("records")


def chosen_ids(ids: Iterable[str], items: int, seed: int) -> list[str]:
    """The ids to keep of a test set, all of them if there are no more: the same for all runs."""
    candidates = sorted(ids)
    return random.Random(seed).sample(candidates, min(items, len(candidates)))


def _example_rows(cell: Record, grid: Record, folder: Path) -> Iterator[dict[str, Any]]:
    for item in _drawn(folder / places.run(cell["run"]), cell["items"], grid["examples_seed"]):
        target = {"target": cell["dataset"], "epoch": cell["epochs"]}
        yield {**cell, "kind": "run", **target, **item}


def _example_bases(grid: Record) -> list[Record]:
    """What tells the un-tuned bases of the examples apart, once for each."""
    axes = ("examples", "items", "experiment", "model", "dataset")
    bases = dict.fromkeys(tuple(cell[axis] for axis in axes) for cell in grid["examples"])
    return [dict(zip(axes, base, strict=True)) for base in bases]


def _example_base_rows(base: Record, grid: Record, folder: Path) -> Iterator[dict[str, Any]]:
    place = folder / places.base(base["model"], base["dataset"])
    for item in _drawn(place, base["items"], grid["examples_seed"]):
        yield {**base, "kind": "base", "dataset": None, "target": base["dataset"], **item}


def _drawn(place: Path, items: int, seed: int) -> list[dict[str, Any]]:
    """The predictions below `place` of the questions that are kept, all with an image."""
    said = _predictions(place / "predictions.parquet")
    with_image = {item["id"]: item for item in said if item["has_image"]}
    return [with_image[name] for name in chosen_ids(with_image, items, seed)]


def _evaluation_rows(cell: Record, folder: Path) -> Iterator[dict[str, Any]]:
    place = places.evaluation(cell["evaluation"], cell["target"], cell["run"])
    for item in _predictions(folder / place / "predictions.parquet"):
        if item["hallucinated"] is not None:
            yield {**cell, "kind": "evaluation", **item}


def _caption_base_rows(choice: Record, folder: Path) -> Iterator[dict[str, Any]]:
    file = folder / places.images(choice["evaluation"], choice["model"], choice["target"])
    if not file.is_file():
        return
    captions = folder / places.base(choice["model"], choice["target"])
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
) -> Iterator[tuple[str, bytes]]:
    """Each image of the samples once, by its key and in their order."""
    wanted = {row["image"] for row in rows}
    for target in sorted({row["target"] for row in rows}):
        file = datasets / test_files[target]
        for row in read_rows(file) if file.is_file() else ():
            if (key := f"{target}/{row['id']}") in wanted:
                yield key, _within_limit(row["image"])


def _within_limit(data: bytes) -> bytes:
    """An encoded image no larger than MAX_SIDE; one that is small enough stays as it is."""
    image = decode_image(data)
    if max(image.size) <= MAX_SIDE:
        return data
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=90)
    return encoded.getvalue()


def _write(rows: Iterable[dict[str, Any]], schema: pa.Schema, path: Path) -> None:
    with whole_file(path) as part:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), part)
