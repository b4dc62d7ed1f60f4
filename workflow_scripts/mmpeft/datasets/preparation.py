"""Prepare any dataset of the registry: generate a mini one, or make a real one from its sources."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmpeft.datasets.mini.generate import generate_dataset
from mmpeft.datasets.real.catalogue import REAL
from mmpeft.datasets.real.prepare import Policy, prepare
from mmpeft.datasets.registry import DATASETS, PREPARATION, DatasetSpec
from mmpeft.datasets.schema import SPLITS, write_rows
from mmpeft.datasets.sources.lock import check_fetched
from mmpeft.datasets.sources.source import NoDataError
from mmpeft.failures import NO_DATA, Failure, outcome, passed_on
from mmpeft.files import write_json

Record = dict[str, Any]


def prepare_dataset(settings: Mapping[str, Any], sources: Path, locks: Path, out: Path) -> Record:
    """Write the three splits of a dataset and `preparation.json`, all of them or none.

    settings: as `Study.preparation_settings` gives them. sources: the folder of fetched sources;
    locks: that of their lock files. A mini dataset reads neither. Where a source has failed, or the
    rows cannot be had as asked for, the record has that status and the splits are empty. Raises
    SourceError for a source that is damaged.
    """
    spec = DATASETS[settings["dataset"]]
    record: Record = {"settings": dict(settings)}
    part = out / "part"
    try:
        _empty(part)
        failure = passed_on(*(sources / name for name in spec.sources))
        if failure is None:
            try:
                record |= _write_splits(spec, settings, sources, locks, part)
            except NoDataError as error:
                failure = Failure.of(error, NO_DATA, str(error))
        if failure is not None:
            _empty(part)
            for split in SPLITS:
                write_rows([], part / f"{split}.parquet")
        record |= outcome(failure)
        write_json(part / PREPARATION, record)
        for path in part.iterdir():
            path.replace(out / path.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return record


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _write_splits(
    spec: DatasetSpec, settings: Mapping[str, Any], sources: Path, locks: Path, out: Path
) -> Record:
    """Write the splits; what is known of a real dataset. Raises NoDataError and SourceError."""
    if spec.mini:
        generate_dataset(spec.name, settings["sizes"], out)
        return {}
    folders = {name: sources / name for name in spec.sources}
    fetched = {
        name: check_fetched(name, folder, locks / f"{name}.json")
        for name, folder in folders.items()
    }
    found = prepare(REAL[spec.name], folders, settings["sizes"], Policy(**settings["policy"]), out)
    return {**found, "sources": {name: asdict(lock) for name, lock in fetched.items()}}
