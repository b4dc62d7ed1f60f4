"""What the evaluations of a study come down to: runs, each measured on one dataset."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mmpeft.datasets.registry import DATASETS
from mmpeft.study.capabilities import MEASURES
from mmpeft.study.config import EvaluationSpec, Runs, StudyConfig
from mmpeft.study.grid import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A cell of an evaluation: its run, measured on the dataset `target`."""

    evaluation: str
    spec: EvaluationSpec
    target: str
    cell: Cell

    @property
    def epochs(self) -> list[int] | dict[str, int]:
        """The epochs to measure, or {"nearest_to_minimum": n} where the losses decide."""
        choice = self.spec.epochs
        return [self.cell.run.epochs] if choice == "last" else choice

    @property
    def places(self) -> int:
        """The number of epochs to measure."""
        wanted = self.epochs
        return len(wanted) if isinstance(wanted, list) else wanted["nearest_to_minimum"]

    @property
    def kept_epochs(self) -> set[int]:
        """Epochs before the last whose adapters are needed.

        Which lie nearest to the minimum is known after the training, so that all of them are.
        """
        wanted = self.epochs if isinstance(self.epochs, list) else range(1, self.cell.run.epochs)
        return {epoch for epoch in wanted if epoch < self.cell.run.epochs}

    def record(self) -> dict[str, Any]:
        """Flat and JSON-able: that of the cell, and what is measured.

        `measured_epochs` is None where the losses decide; `places` is the number of epochs.
        """
        return {
            **self.cell.record(),
            "evaluation": self.evaluation,
            "target": self.target,
            "metric": MEASURES[self.spec.measure].headline or DATASETS[self.target].metric,
            "measured_epochs": self.epochs if isinstance(self.epochs, list) else None,
            "places": self.places,
        }


def chosen(cells: Iterable[Cell], runs: Runs) -> Iterator[Cell]:
    """The cells of an experiment that `runs` leaves."""
    wanted = runs.model_dump(exclude={"experiment"}, exclude_none=True)
    for cell in cells:
        fits = all(getattr(cell.run, axis) in values for axis, values in wanted.items())
        if fits and cell.experiment == runs.experiment:
            yield cell


def measurements(config: StudyConfig, cells: Iterable[Cell]) -> Iterator[Measurement]:
    """All evaluations of a study, in the order of its file.

    A transfer leaves out the dataset that a run was trained on: its own test set is scored anyway.
    """
    cells = list(cells)
    for name, spec in config.evaluations.items():
        for cell in chosen(cells, spec.runs):
            for target in spec.targets:
                if spec.measure != "transfer" or target != cell.run.dataset:
                    yield Measurement(evaluation=name, spec=spec, target=target, cell=cell)
