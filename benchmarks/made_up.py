"""A study as if it had run: every record of the size of a real one, with made-up answers.

Test sets are the real ones, so are scores and verdicts on the answers. These are right as often as
their method would have it; a wrong one is the right answer to another question. They are drawn
VARIANTS times for each kind of run, which seeds take in turn, so that many runs are soon made up.
"""

import os
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import checkout  # noqa: F401 - the package on the path

import synthetic
from mmpeft import places
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.registry import DATASETS, DatasetSpec
from mmpeft.datasets.schema import read_rows, write_rows
from mmpeft.files import write_json
from mmpeft.judges import JUDGES
from mmpeft.measures.images import select_images
from mmpeft.measures.judging import measure_epoch
from mmpeft.predictions import (
    MEASURED_PREDICTIONS,
    PREDICTIONS,
    prediction_rows,
    write_predictions,
)
from mmpeft.scoring import score
from mmpeft.study import Study

VARIANTS = 6
RIGHT = {"lora": 0.7, "adapter": 0.65, "ia3": 0.6, "prefix": 0.5}
RIGHT_OF_BASE = 0.4
COST = {"seconds": 2.0, "samples_per_second": 150.0, "tokens": {"input": 9_000, "generated": 900}}
OK = {"status": "ok", "reason": None}

Row = Mapping[str, Any]


def write(study: Study, results: Path, datasets: Path) -> None:
    """Write all records of a study of mini data sets below `results`, and their test sets.

    results: as results/<study>. datasets: the folder of all data sets.
    """
    for name, file in study.manifest()["test_files"].items():
        rows = (generate_row(name, "test", index) for index in range(study.sizes(name).test))
        write_rows(rows, datasets / file)
    records = _Records(study, results, datasets)
    for run in study.runs:
        synthetic.write_training(results, study, run, synthetic.run_losses(run))
        records.write_scores(places.run(run.id), run.dataset, RIGHT[run.method], run.init_seed)
    for number, (model, dataset) in enumerate(study.baselines):
        records.write_scores(places.base(model, dataset), dataset, RIGHT_OF_BASE, number)
    for dataset in study.datasets:
        records.write_constant(dataset)
    for choice in study.image_choices:
        records.choose_images(*choice)
    for measurement in study.measurements:
        records.measure(measurement)


class _Records:
    """Writes the records of one study, equal ones as links to the first."""

    def __init__(self, study: Study, results: Path, datasets: Path) -> None:
        self.study = study
        self.results = results
        files = study.manifest()["test_files"]
        self.tests = {name: datasets / file for name, file in files.items()}
        self.rows = {name: read_rows(file) for name, file in self.tests.items()}
        self.first: dict[Any, tuple[Path, Any]] = {}

    def write_scores(self, place: str, dataset: str, right: float, seed: int) -> None:
        """Predictions and scores on a test set, answered rightly with the probability `right`."""
        variant, rows, spec = seed % VARIANTS, self.rows[dataset], DATASETS[dataset]
        file = self.results / place / "predictions.parquet"

        def made() -> Any:
            said = _answers(rows, spec, right, variant)
            per_item, scores = score(said, rows, spec)
            table = prediction_rows(said, rows, per_item, spec, spec.metric)
            write_predictions(table, PREDICTIONS, file)
            return scores

        scores = self._once((dataset, right, variant), file, made)
        record = {**OK, "scores": scores, **COST, **synthetic.JOB}
        write_json(self.results / place / "scores.json", record)

    def write_constant(self, dataset: str) -> None:
        rows, spec = self.rows[dataset], DATASETS[dataset]
        scores = score([_right(rows[0], spec)] * len(rows), rows, spec)[1]
        file = self.results / places.constant(dataset) / "scores.json"
        write_json(file, {**OK, "scores": scores})

    def choose_images(self, evaluation: str, model: str, target: str) -> None:
        select_images(
            self.study.image_settings(evaluation, target),
            self.tests[target],
            self.results / places.base(model, target),
            [],
            self.results / places.images(evaluation, model, target),
        )

    def measure(self, measurement: Any) -> None:
        """Predictions and scores of a run on another data set, after each of its epochs."""
        run, spec, target = measurement.cell.run, measurement.spec, measurement.target
        place = self.results / places.evaluation(measurement.evaluation, target, run.id)
        epochs = measurement.epochs
        if not isinstance(epochs, list):
            epochs = list(range(1, measurement.places + 1))
        rows = self.rows[target]
        if spec.images is not None:
            rows = rows[: spec.images]
        judge = JUDGES.get(spec.judge)
        variant = run.init_seed % VARIANTS
        file = place / "predictions.parquet"

        def made() -> Any:
            table, records = [], []
            for epoch in epochs:
                said = _answers(rows, DATASETS[target], RIGHT[run.method], variant + epoch)
                record, items = measure_epoch(
                    spec.measure, said, rows, DATASETS[target], judge, epoch
                )
                records.append({**record, **COST})
                table += items
            write_predictions(table, MEASURED_PREDICTIONS, file)
            return records

        key = (measurement.evaluation, target, run.method, variant)
        records = self._once(key, file, made)
        write_json(place / "scores.json", {**OK, "epochs": records, **synthetic.JOB})

    def _once(self, key: Any, file: Path, made: Callable[[], Any]) -> Any:
        """What `made` returns, which writes `file`; the next time a link to that file."""
        if key not in self.first:
            self.first[key] = file, made()
        first, result = self.first[key]
        if first != file:
            file.parent.mkdir(parents=True, exist_ok=True)
            os.link(first, file)
        return result


def _answers(rows: Sequence[Row], spec: DatasetSpec, right: float, variant: int) -> list[str]:
    rng = random.Random(f"{spec.name} {right} {variant}")
    return [_right(row if rng.random() < right else rng.choice(rows), spec) for row in rows]


def _right(row: Row, spec: DatasetSpec) -> str:
    return spec.target(row) if spec.trained else row["answers"][0]
