"""Single answers as JSON lines, in the layout of lmms-eval's logged samples.

Names and fields as `EvaluationTracker.save_results_samples` (lmms_eval/loggers/
evaluation_tracker.py of EvolvingLMMs-Lab/lmms-eval at commit 0716c69) writes what `evaluate`
(lmms_eval/evaluator.py at 03cbb1f) logs.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mmpeft import places
from mmpeft.aggregation import OK
from mmpeft.files import write_text

Record = Mapping[str, Any]


def write(grid: Record, folder: Path, out: Path) -> None:
    """Write `<model>/<date>_samples_<task>.jsonl` for every answered test set of the grid.

    A model is a run, a run after an epoch or an un-tuned base; what failed has no file.
    """
    for model, task, place in _answered(grid):
        record = json.loads((folder / place / "scores.json").read_text(encoding="utf-8"))
        if record["status"] != OK:
            continue
        name = f"{_date(record)}_samples_{task}.jsonl"
        by_model: dict[str, list[Record]] = {}
        for row in pq.ParquetFile(folder / place / "predictions.parquet").read().to_pylist():
            after = f"/epoch-{row['epoch']}" if "epoch" in row else ""
            by_model.setdefault(f"{model}{after}", []).append(row)
        for said_by, rows in by_model.items():
            lines = (json.dumps(line, ensure_ascii=False) for line in samples(rows))
            write_text(out / sanitised(said_by) / name, "".join(f"{line}\n" for line in lines))


def samples(rows: list[Record]) -> Iterator[dict[str, Any]]:
    """Turn rows of predictions (`evaluation.PREDICTIONS`) into lines, in their order.

    A line has the score by the name of its metric, in percent. `doc` is the test item without its
    image, which lmms-eval hashes but does not write.
    """
    for index, row in enumerate(rows):
        doc = {"id": row["id"], "question": row["question"], "answers": row["answers"]}
        target = str(row["answers"])
        yield {
            "doc_id": index,
            "doc": doc,
            "target": target,
            "filtered_resps": [row["prediction"]],
            "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
            "prompt_hash": _hash(row["prompt"]),
            "target_hash": _hash(target),
            row["metric"]: row["score"],
            "input": row["prompt"],
        }


def sanitised(model: str) -> str:
    """The name of a model as that of a folder."""
    return re.sub(r'["<>:/\\|?*\[\]]+', "__", model)


def _answered(grid: Record) -> Iterator[tuple[str, str, str]]:
    """Model, task and folder of everything that was answered."""
    runs = {cell["run"]: cell["dataset"] for cell in grid["cells"]}
    for run, dataset in sorted(runs.items()):
        yield run, dataset, places.run(run)
    for base in grid["baselines"]:
        yield f"base/{base['model']}", base["dataset"], places.base(base["model"], base["dataset"])
    measured = {(one["evaluation"], one["target"], one["run"]) for one in grid["evaluations"]}
    for evaluation, target, run in sorted(measured):
        yield run, f"{evaluation}_{target}", places.evaluation(evaluation, target, run)


def _date(record: Record) -> str:
    recorded = datetime.fromisoformat(record["provenance"]["recorded"])
    return recorded.strftime("%Y%m%d_%H%M%S")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
