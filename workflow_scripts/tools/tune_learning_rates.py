"""Try learning rates for each method of a study, on validation data only.

Every method is tuned for itself: its rate is the one with the best mean, over the datasets asked
for, of score divided by the method's best score on that dataset. Test rows are never read. Writes
one row per method, rate, connector rate and dataset.

    python workflow_scripts/tools/tune_learning_rates.py config.yaml --model mini-llava-7b \
        --datasets mini-scienceqa mini-vizwiz --rates '{"lora": [0.001, 0.002]}' --out rates.csv
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mmpeft.datasets.mini.generate import generate_dataset
from mmpeft.datasets.schema import read_rows, write_rows
from mmpeft.evaluation import evaluate
from mmpeft.study import Run, Study, load_study
from mmpeft.training import fine_tune


def candidates(
    study: Study, model: str, datasets: Sequence[str], rates: Mapping[str, Sequence[float]]
) -> Iterator[Run]:
    """The study's runs with the connector tuned, at every candidate rate of their method."""
    runs = [
        run
        for run in study.runs
        if run.model == model and run.dataset in datasets and run.connector == "tuned"
    ]
    for method, values in rates.items():
        default = {run.dataset: run for run in reversed(runs) if run.method == method}
        for value in values:
            for run in default.values():
                yield replace(run, learning_rate=value)


def validation_only(study: Study, dataset: str, folder: Path) -> None:
    """Write the dataset with its validation rows in the place of the test rows."""
    sizes = study.config.datasets[dataset].model_dump()
    generate_dataset(dataset, {**sizes, "validation": 200, "test": 0}, folder)
    write_rows(read_rows(folder / "validation.parquet"), folder / "test.parquet")


def measure(
    study: Study, run: Run, connector_rate: float | None, data: Path, out: Path
) -> dict[str, Any]:
    """Train a run and score it on the validation rows."""
    settings = study.train_settings(run)
    if connector_rate is not None:
        settings["connector_learning_rate"] = connector_rate
    trained = fine_tune(settings, data, out)
    scored = evaluate(study.evaluate_settings(run.model, run.dataset), data, out / "adapter", out)
    return {
        "model": run.model,
        "method": run.method,
        "dataset": run.dataset,
        "learning_rate": run.learning_rate,
        "connector_learning_rate": settings["connector_learning_rate"],
        "status": scored["status"],
        "validation_loss": trained["final_losses"].get("validation"),
        "scores": json.dumps(scored["scores"]),
        "seconds": round(trained["total_seconds"] + scored["total_seconds"], 1),
    }


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="study file")
    parser.add_argument("--model", required=True)
    parser.add_argument("--datasets", required=True, nargs="+")
    parser.add_argument("--rates", required=True, type=json.loads, help="method -> rates, as JSON")
    parser.add_argument("--connector-rates", type=float, nargs="*", default=[None])
    parser.add_argument("--out", required=True, type=Path, help="CSV of all measurements")
    arguments = parser.parse_args()
    study = load_study(yaml.safe_load(arguments.study.read_text()))
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for dataset in arguments.datasets:
            validation_only(study, dataset, Path(scratch, dataset))
        for run in candidates(study, arguments.model, arguments.datasets, arguments.rates):
            for connector_rate in arguments.connector_rates:
                data, out = Path(scratch, run.dataset), Path(scratch, "run")
                rows.append(measure(study, run, connector_rate, data, out))
                print(json.dumps(rows[-1]), flush=True)
                pd.DataFrame(rows).to_csv(arguments.out, index=False)


if __name__ == "__main__":
    main()
