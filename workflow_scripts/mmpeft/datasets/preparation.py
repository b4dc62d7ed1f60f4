"""Prepare any dataset of the registry: generate a mini one, or make a real one from its sources."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmpeft.datasets.mini.generate import generate_dataset
from mmpeft.datasets.real.catalogue import REAL
from mmpeft.datasets.real.prepare import Policy, prepare
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.sources.lock import check_fetched
from mmpeft.files import write_json

RECORD = "preparation.json"


def prepare_dataset(
    settings: Mapping[str, Any], sources: Path, locks: Path, out: Path
) -> dict[str, Any]:
    """Write the three splits of a dataset and `preparation.json`, all of them or none.

    settings: as `Study.preparation_settings` gives them. sources: the folder of fetched sources;
    locks: that of their lock files. A mini dataset reads neither. Raises PreparationError
    and SourceError.
    """
    spec = DATASETS[settings["dataset"]]
    record: dict[str, Any] = {"settings": dict(settings)}
    part = out / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        if spec.mini:
            generate_dataset(spec.name, settings["sizes"], part)
        else:
            fetched = {
                name: check_fetched(name, sources / name, locks / f"{name}.json")
                for name in spec.sources
            }
            folders = {name: sources / name for name in spec.sources}
            policy = Policy(**settings["policy"])
            record |= prepare(REAL[spec.name], folders, settings["sizes"], policy, part)
            record["sources"] = {name: asdict(lock) for name, lock in fetched.items()}
        write_json(part / RECORD, record)
        for path in part.iterdir():
            path.replace(out / path.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return record
