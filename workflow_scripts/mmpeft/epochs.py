"""Which epochs of a run to measure, and where its validation loss says they lie."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def validation_losses(losses: Path) -> dict[int, float]:
    """Validation loss after each whole epoch of a run, from its loss.csv."""
    with losses.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "validation"]
    return {int(float(row["epoch"])): float(row["loss"]) for row in rows}


def minimum_epoch(losses: Mapping[int, float]) -> int:
    """The first epoch with the smallest validation loss."""
    return min(losses, key=lambda epoch: (losses[epoch], epoch))


def nearest_to_minimum(losses: Mapping[int, float], count: int) -> list[int]:
    """The `count` epochs closest to the minimum of the validation loss, itself among them.

    Of two epochs at the same distance the later one is taken first, since the paper calls all of
    them "overfitting epochs" (Table 4). Next to the first or last epoch they lie on one side.
    Raises ValueError if there are fewer epochs.
    """
    if count > len(losses):
        raise ValueError(f"asked for {count} epochs, the run has {len(losses)}")
    lowest = minimum_epoch(losses)
    return sorted(sorted(losses, key=lambda epoch: (abs(epoch - lowest), -epoch))[:count])


def epochs_to_measure(choice: list[int] | Mapping[str, Any], losses: Path) -> list[int]:
    """The chosen epochs in ascending order; `choice` as `Study.measure_settings` gives it."""
    if isinstance(choice, Mapping):
        return nearest_to_minimum(validation_losses(losses), choice["nearest_to_minimum"])
    return list(choice)
