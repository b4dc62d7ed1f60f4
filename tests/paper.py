"""The paper's Table 1 in the layout of results.parquet, as an oracle for the aggregation."""

from pathlib import Path

import pandas as pd

from mmpeft.datasets.registry import DATASETS
from mmpeft.results import COLUMNS, typed

TABLE_1 = Path(__file__).parents[1] / "reference/paper/table1_main.csv"


def printed() -> pd.DataFrame:
    """The file as it is, averages included."""
    return pd.read_csv(TABLE_1)


def results() -> pd.DataFrame:
    """Its scores as results of an experiment "main", without the printed averages."""
    specs = {spec.label: spec for spec in DATASETS.values() if not spec.mini}
    rows = []
    for line in printed().query("dataset != 'Avg'").itertuples():
        spec = specs[line.dataset]
        rows.append(
            dict.fromkeys(COLUMNS)
            | {
                "study": "paper",
                "kind": "run",
                "experiment": "main",
                "model": line.model,
                "model_label": line.model,
                "method_label": line.method,
                "connector_label": line.connector,
                "connector": line.connector,
                "dataset": spec.name,
                "dataset_label": line.dataset,
                "task": spec.task,
                "seen": spec.seen,
                "metric": spec.metric,
                "headline": True,
                "value": line.value,
                "status": "ok",
                "definition": spec.metric,
            }
        )
    return typed(rows)
