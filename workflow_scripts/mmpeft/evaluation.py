"""Score a model, with or without an adapter, on the test split of a dataset."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from mmpeft.batching import Row
from mmpeft.datasets.registry import DATASETS, PREPARATION, DatasetSpec
from mmpeft.datasets.schema import read_rows
from mmpeft.failures import outcome, passed_on
from mmpeft.files import verify, write_json
from mmpeft.inference import Answers, predict
from mmpeft.memory import memory_failure
from mmpeft.methods import load_adapter
from mmpeft.models.loading import load_base
from mmpeft.predictions import PREDICTIONS, prediction_rows, write_predictions
from mmpeft.provenance import peak_gpu_memory_bytes, peak_memory_bytes, provenance
from mmpeft.scoring import score

Settings = Mapping[str, Any]
Record = dict[str, Any]

# seconds and tokens of all answers together, the tokens by "input" and "generated"; rows at a time,
# as tried
COST = ("seconds", "samples_per_second", "tokens", "batch_sizes")


def evaluate(settings: Settings, data_dir: Path, adapter: Path | None, out_dir: Path) -> Record:
    """Answer the test split and write `predictions.parquet` and, last, `scores.json`.

    settings: as `Study.evaluate_settings` gives them. Without an `adapter` the base is scored as it
    is. Predictions do not depend on the batch size; after running out of memory it is halved
    (`predict`), and if that does not help the record has the status `oom`, no scores and no
    predictions. So it is with a failure of what it builds upon: base, training or data.
    """
    started = time.monotonic()
    spec = DATASETS[settings["dataset"]["name"]]
    failure = passed_on(Path(settings["model"]["base"]), adapter, data_dir / PREPARATION)
    table: list[Record] = []
    scored: Record = {"scores": {}, **dict.fromkeys(COST)}
    if failure is None:
        rows = read_rows(data_dir / "test.parquet")
        try:
            answers, cost = answer(settings, spec, rows, adapter)
        except (MemoryError, RuntimeError) as error:
            failure = memory_failure(error)
        else:
            per_item, scores = score(answers.texts, rows, spec)
            table = prediction_rows(answers.texts, rows, per_item, spec, spec.metric)
            scored = {"scores": scores, **cost}
    write_predictions(table, PREDICTIONS, out_dir / "predictions.parquet")
    record = {
        **outcome(failure),
        "settings": dict(settings),
        "dataset": spec.name,
        **scored,
        "total_seconds": time.monotonic() - started,
        "peak_memory_bytes": peak_memory_bytes(),
        "peak_gpu_memory_bytes": peak_gpu_memory_bytes(),
        "provenance": provenance(),
    }
    write_json(out_dir / "scores.json", record)
    return record


def answer(
    settings: Settings, spec: DatasetSpec, rows: Sequence[Row], adapter: Path | None
) -> tuple[Answers, Record]:
    """Answers to `rows`, and what they cost once the model was loaded, by the names of COST.

    Raises DamagedError if a file of the adapter is not what the training has saved, and an error
    that `out_of_memory` knows if memory runs out with small batches too.
    """
    if adapter is not None:
        verify(adapter)
    model, processor, family = load_base(settings["model"], settings["precision"])
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    if adapter is not None:
        model = load_adapter(model, family, adapter)
    begun = time.monotonic()
    answers = predict(model, processor, family, rows, spec, settings["batch_size"])
    seconds = time.monotonic() - begun
    tokens = {"input": answers.input_tokens, "generated": answers.generated_tokens}
    values = (seconds, len(rows) / seconds, tokens, answers.batch_sizes)
    return answers, dict(zip(COST, values, strict=True))
