"""Whether samples.parquet says what the predictions of the runs say."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from mmpeft import places

Record = Mapping[str, Any]


def sample_mismatches(
    samples: list[dict[str, Any]], images: list[str], grid: Record, folder: Path
) -> list[str]:
    """Compare every sample with the prediction that it comes from; one sentence per difference.

    samples: as `samples.records` gives them; images: their keys; grid: study.json.
    Judged predictions that no sample has, runs without the samples that the study asks for, and
    samples without an image are differences too.
    """
    faults: list[str] = []
    for name, of_file in _by_file(samples).items():
        path = folder / name
        if path.is_file():
            faults += _file(name, of_file, pq.ParquetFile(path).read().to_pylist())
        else:
            faults.append(f"{name}: does not exist, samples.parquet has answers of it")
    faults += _absent(samples, grid, folder)
    wanted, held = {sample["image"] for sample in samples}, set(images)
    faults += [f"image {key}: not in sample_images.parquet" for key in sorted(wanted - held)]
    faults += [f"image {key}: of no sample" for key in sorted(held - wanted)]
    return faults


def _by_file(samples: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for sample in samples:
        found.setdefault(_predictions(sample), []).append(sample)
    return found


def _predictions(of: Record) -> str:
    """Where the predictions of a sample, or of a measurement, lie."""
    match of["kind"]:
        case "run":
            place = places.run(of["run"])
        case "evaluation":
            place = places.evaluation(of["evaluation"], of["target"], of["run"])
        case "base":
            place = places.base(of["model"], of["target"])
    return f"{place}/predictions.parquet"


def _file(name: str, samples: list[dict[str, Any]], items: list[dict[str, Any]]) -> Iterator[str]:
    """Differences between samples and the predictions of one file."""
    # Only evaluations have several epochs; the samples of others name that of their run.
    by_epoch = bool(items) and "epoch" in items[0]

    def key(row: Record) -> tuple[str, int | None]:
        return row["id"], row["epoch"] if by_epoch else None

    known = {key(item): item for item in items}
    for sample in samples:
        item = known.get(key(sample))
        if item is None:
            yield f"{name}: no answer to {sample['id']}, samples.parquet has one"
            continue
        for column in sorted((item.keys() & sample.keys()) - {"dataset"}):
            if item[column] != sample[column]:
                yield (
                    f"{name}: {column} of {sample['id']} is {item[column]!r}, "
                    f"samples.parquet has {sample[column]!r}"
                )
    if samples[0]["kind"] == "evaluation":
        judged = {key(item) for item in items if item["hallucinated"] is not None}
        if absent := judged - {key(sample) for sample in samples}:
            yield f"{name}: {len(absent)} judged answers are not in samples.parquet"


def _absent(samples: list[dict[str, Any]], grid: Record, folder: Path) -> Iterator[str]:
    """Files whose answers should be among the samples, and are not."""
    held = {_predictions(sample) for sample in samples}
    wanted = [{**cell, "kind": "run"} for cell in grid["examples"]]
    wanted += [{**cell, "kind": "evaluation"} for cell in grid["evaluations"]]
    for name in dict.fromkeys(map(_predictions, wanted)):
        if name not in held and (folder / name).is_file():
            items = pd.read_parquet(folder / name)
            shown = items["hallucinated"].notna() if "hallucinated" in items else items["has_image"]
            if shown.any():
                yield f"{name}: no answer of it is in samples.parquet"
