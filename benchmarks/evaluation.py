"""Answers a second on a test set: the suite's scoring beside one call of `generate` a prompt.

Both answer the same rows with the same model, adapter, length limit, precision and threads, and
take turns, so that what else the machine does hits both alike; the second is written as the
examples of transformers and peft are. Loading a model is not counted. Prints medians, the median
of the ratios of the pairs, and how many answers differ.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import checkout  # noqa: F401 - the package on the path

from mmpeft.startup import import_libraries

import_libraries()

import torch
from peft import PeftModel
from reporting import Table
from studies import shipped

from mmpeft.batching import Row
from mmpeft.datasets.mini.generate import generate_dataset
from mmpeft.datasets.registry import DATASETS, DatasetSpec
from mmpeft.datasets.schema import decode_image, read_rows
from mmpeft.evaluation import answer
from mmpeft.models.loading import load_base
from mmpeft.study import Study, load_study
from mmpeft.training import fine_tune

MODELS = ("mini-llava-7b", "mini-qwen-vl")
# A visual question, a multiple choice and a caption.
TASKS = ("mini-vizwiz", "mini-scienceqa", "mini-flickr30k")
METHOD = "lora"
TRAIN_ROWS, VALIDATION_ROWS = 160, 16


def ours(
    settings: dict[str, Any], spec: DatasetSpec, rows: Sequence[Row], adapter: Path | None
) -> tuple[list[str], float]:
    """Answers of the suite and the seconds that they took."""
    answers, cost = answer(settings, spec, rows, adapter)
    return answers.texts, cost["seconds"]


def one_by_one(
    settings: dict[str, Any], spec: DatasetSpec, rows: Sequence[Row], adapter: Path | None
) -> tuple[list[str], float]:
    """The same of a loop over prompts; a base says itself which token ends an answer."""
    model, processor, family = load_base(settings["model"], settings["precision"])
    if adapter is not None:
        model = PeftModel.from_pretrained(model, adapter)
    answers = []
    begun = time.monotonic()
    for row in rows:
        image = None if row["image"] is None else decode_image(row["image"])
        prompt = family.chat.prompt(spec.prompt(row), has_image=image is not None)
        inputs = processor(text=[prompt], images=image, return_tensors="pt")
        with torch.inference_mode():
            tokens = model.generate(**inputs, do_sample=False, max_new_tokens=spec.max_new_tokens)
        said = tokens[0, inputs["input_ids"].shape[1] :]
        answers.append(processor.tokenizer.decode(said, skip_special_tokens=True).strip())
    return answers, time.monotonic() - begun


def trained_adapter(study: Study, model: str, dataset: str, data: Path, out: Path) -> Path:
    """The adapter of a short training of the study's run, its connector frozen.

    So that peft alone can load all of it.
    """
    run = next(
        run
        for run in study.runs
        if (run.model, run.dataset, run.method) == (model, dataset, METHOD)
        and (run.connector, run.visual_encoder) == ("frozen", "frozen")
    )
    samples = {"train_samples": TRAIN_ROWS, "epochs": 1}
    fine_tune({**study.train_settings(run), **samples}, data, out)
    return out / "adapter"


def compare(models: Sequence[str], tasks: Sequence[str], test_rows: int, pairs: int) -> None:
    """Print one line for each model and data set, un-tuned and with an adapter."""
    study = load_study(shipped("mini"))
    table = Table(
        *("model", "data set", "adapter", "answers", "one prompt a time (/s)", "suite (/s)"),
        *("ratio", "answers that differ"),
    )
    for model, dataset in product(models, tasks):
        with tempfile.TemporaryDirectory() as temporary:
            data = Path(temporary) / "data"
            sizes = {"train": TRAIN_ROWS, "validation": VALIDATION_ROWS, "test": test_rows}
            generate_dataset(dataset, sizes, data)
            tuned = trained_adapter(study, model, dataset, data, Path(temporary) / "run")
            rows, spec = read_rows(data / "test.parquet"), DATASETS[dataset]
            settings = study.evaluate_settings(model, dataset)
            for label, adapter in (("none", None), ("LoRA", tuned)):
                turns = [
                    [answers(settings, spec, rows, adapter) for answers in (one_by_one, ours)]
                    for _ in range(pairs)
                ]
                loop, suite = (
                    [seconds for _, seconds in kind] for kind in zip(*turns, strict=True)
                )
                speeds = (len(rows) / median(seconds) for seconds in (loop, suite))
                ratio = median(a / b for a, b in zip(loop, suite, strict=True))
                (expected, _), (said, _) = turns[0]
                differ = sum(a != b for a, b in zip(expected, said, strict=True))
                table.add(model, dataset, label, len(rows), *speeds, f"{ratio:.1f}", differ)


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--datasets", nargs="+", default=TASKS)
    parser.add_argument("--rows", type=int, default=300, help="rows of a test set")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(f"Threads: {args.threads}; pairs: {args.pairs}.\n")
    compare(args.models, args.datasets, args.rows, args.pairs)


if __name__ == "__main__":
    main()
