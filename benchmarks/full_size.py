"""Train and answer with a model of full size and random weights: speed, memory, utilisation.

For each method: samples per second of the training, peak memory, model-FLOPs utilisation (what the
matrix products of forward and backward pass need, without what is computed twice, as a share of the
GPU's peak), and answered tokens per second. Prints the rows of a table for docs/performance.md.
`--size tiny` has the same modules in small and runs on a CPU.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from checkout import ROOT

from mmpeft.startup import import_libraries

import_libraries()

import torch
from reporting import Table
from studies import shipped
from transformers import AutoConfig, AutoModelForImageTextToText, PreTrainedModel

import mmpeft.models.qwen_vl  # noqa: F401 - registers its classes
from mmpeft.batching import IGNORED, Example, collate
from mmpeft.methods import attach, parameter_groups, trainable_manifest
from mmpeft.methods.groups import base_parameters
from mmpeft.models.families import family_of
from mmpeft.models.family import Family
from mmpeft.models.loading import PRECISIONS, attention
from mmpeft.study import load_study
from mmpeft.study.capabilities import CAPABILITIES
from mmpeft.training.micro_batch import fitting_on_this_gpu
from mmpeft.training.run import training_arguments
from mmpeft.training.trainer import FineTuner

MODELS = ("llava-1.5-7b", "qwen-vl-chat")
# Tokens of a prompt beside its image, and of an answer.
PROMPT, ANSWER = 64, 8
BATCH, NEW_TOKENS = 128, 32
TINY = {
    "llava": {
        "image_seq_length": 4,
        "image_token_index": 500,
        "text_config": {
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "head_dim": 16,
            "vocab_size": 512,
        },
        "vision_config": {
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "image_size": 28,
        },
    },
    "qwen_vl": {
        "hidden_size": 64,
        "kv_channels": 16,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "intermediate_size": 256,
        "vocab_size": 512,
        "visual": {
            "width": 32,
            "heads": 2,
            "layers": 2,
            "mlp_ratio": 2.0,
            "image_size": 28,
            "n_queries": 4,
            "output_dim": 64,
            "position_count": 4,
            "resampler_heads": 2,
            "image_start_id": 500,
        },
    },
}


class Rows(torch.utils.data.Dataset):
    """The same made-up sample as often as needed, already encoded."""

    def __init__(self, example: Example, number: int) -> None:
        self.example = example
        self.number = number

    def __len__(self) -> int:
        return self.number

    def __getitems__(self, indices: Sequence[int]) -> list[Example]:
        return [self.example for _ in indices]


def build(name: str, size: str, device: str, precision: str) -> tuple[PreTrainedModel, Family]:
    """A model with random weights, on its device."""
    base = ROOT / "reference" / "architectures" / name
    config = AutoConfig.from_pretrained(base, local_files_only=True)
    if size == "tiny":
        values = config.to_dict()
        for key, value in TINY[config.model_type].items():
            values[key] = {**values[key], **value} if isinstance(value, dict) else value
        config = type(config).from_dict(values)
    family = family_of({"family": config.model_type})
    with torch.device(device):
        model = AutoModelForImageTextToText.from_config(
            config, dtype=PRECISIONS[precision], attn_implementation=attention(family, precision)
        )
    return model.eval(), family


def example(model: PreTrainedModel) -> Example:
    """A sample with one image, PROMPT other tokens and ANSWER tokens of an answer, at random."""
    config, words = model.config, torch.Generator().manual_seed(0)
    if config.model_type == "llava":
        image, side = [config.image_token_index] * config.image_seq_length, config.vision_config
        before, after = [], []
    else:
        image, side = [config.image_token_id] * config.visual.n_queries, config.visual
        before, after = [config.image_start_id], [config.image_start_id + 1]
    text = torch.randint(10, 400, (PROMPT + ANSWER,), generator=words).tolist()
    ids = torch.tensor([*before, *image, *after, *text])
    labels = torch.full_like(ids, IGNORED)
    labels[-ANSWER:] = ids[-ANSWER:]
    pixels = torch.rand(1, 3, side.image_size, side.image_size, generator=words)
    return Example(ids, labels, {"pixel_values": pixels})


def method_settings(name: str, model: str, size: str) -> dict[str, Any]:
    """A method at its default size in the paper, with the connector tuned."""
    study = load_study(shipped("paper"))
    runs = (r for r in study.runs if (r.method, r.model, r.connector) == (name, model, "tuned"))
    settings = study.train_settings(next(runs))
    if size == "tiny" and settings["method"]["size"] is not None:
        settings["method"]["size"] = 4
    return settings


def measure(name: str, method: str, options: argparse.Namespace) -> dict[str, Any]:
    """Train a few steps with a method, let it answer, and return what that took."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    settings = method_settings(method, name, options.size)
    precision = settings["precision"]
    base, family = build(name, options.size, device, precision)
    model = attach(base, family, settings)
    checkpointing = CAPABILITIES[method].checkpointing
    if checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})
    sample = example(base)
    micro = options.micro_batch
    if micro is None:
        micro = (
            fitting_on_this_gpu(
                model,
                [sample] * BATCH,
                0,
                BATCH,
                memory_share=settings["memory_share"],
                precision=precision,
            )
            if device == "cuda"
            else 4
        )
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    samples_per_second, loss = _train(model, family, settings, sample, micro, options.steps)
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else None
    manifest = trainable_manifest(model, family)
    # As loading an adapter does: the trained connector in the precision of its base.
    for parameter in base_parameters(base, family, "connector").values():
        parameter.data = parameter.data.to(PRECISIONS[precision])
    flops = _flops(base, manifest["trainable"], len(sample.input_ids), family)
    return {
        "model": name,
        "method": method,
        "checkpointing": checkpointing,
        "micro_batch": micro,
        "samples_per_second": samples_per_second,
        "peak_gb": peak and peak / 1e9,
        "mfu": samples_per_second * flops / (options.tflops * 1e12),
        "tokens_per_second": _answer(model, sample, options.answers),
        "loss": loss,
    }


def _train(
    model: Any,
    family: Family,
    settings: dict[str, Any],
    sample: Example,
    micro: int,
    steps: int,
) -> tuple[float, float]:
    """Samples per second of all steps but the first, and the last loss."""
    times: list[float] = []

    class Timed(FineTuner):
        def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
            if "loss" in logs:  # which was read from the GPU, so that the step is over
                times.append(time.monotonic())
            super().log(logs, start_time)

    with tempfile.TemporaryDirectory() as folder:
        trainer = Timed(
            model,
            training_arguments({**settings, "epochs": 1}, Path(folder), micro),
            groups=parameter_groups(
                model,
                family,
                learning_rate=settings["learning_rate"],
                connector_learning_rate=settings["connector_learning_rate"],
                weight_decay=settings["weight_decay"],
            ),
            schedule=settings["schedule"],
            train_rows=Rows(sample, settings["batch_size"] * steps),
            validation_rows=Rows(sample, micro),
            pad_token_id=0,
            order_seed=0,
            callbacks=[],
        )
        trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return settings["batch_size"] * (steps - 1) / (times[-1] - times[0]), losses[-1]


def _flops(model: PreTrainedModel, trained: int, tokens: int, family: Family) -> int:
    """Of the matrix products for one sample: forward everywhere, backward through the language."""
    named = dict(model.named_parameters())
    vision = family.visual_names(named, model.config)
    seen = sum(named[name].numel() for name in vision)
    vision_config = getattr(model.config, "vision_config", None) or model.config.visual
    patches = (vision_config.image_size // vision_config.patch_size) ** 2
    language = sum(parameter.numel() for parameter in named.values()) - seen
    embedding = model.get_input_embeddings().weight.numel()
    return 4 * (language - embedding) * tokens + 2 * trained * tokens + 2 * seen * patches


def _answer(model: Any, sample: Example, answers: int) -> float:
    """Tokens per second of greedy answers of NEW_TOKENS each, `answers` at a time."""
    model.eval()
    prompt = Example(sample.input_ids[:-ANSWER], sample.labels[:-ANSWER], sample.images)
    inputs = collate([prompt] * answers, 0, side="left")
    del inputs["labels"]
    inputs = {name: value.to(model.device) for name, value in inputs.items()}
    begun = time.monotonic()
    with torch.inference_mode():
        model.generate(
            **inputs,
            do_sample=False,
            min_new_tokens=NEW_TOKENS,
            max_new_tokens=NEW_TOKENS,
            pad_token_id=0,
        )
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return answers * NEW_TOKENS / (time.monotonic() - begun)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--methods", nargs="+", choices=CAPABILITIES, default=[*CAPABILITIES])
    parser.add_argument("--size", choices=("full", "tiny"), default="full")
    parser.add_argument("--steps", type=int, default=4, help="updates, of which the first warms up")
    parser.add_argument("--micro-batch", type=int, help="samples at a time; default: what fits")
    parser.add_argument("--answers", type=int, default=32, help="prompts answered at a time")
    parser.add_argument("--tflops", type=float, default=312.0, help="peak of this GPU in bfloat16")
    options = parser.parse_args(given)
    if options.steps < 2:
        parser.error("--steps must be at least 2")
    return options


def main(given: Sequence[str] | None = None) -> None:
    """Print one row for each model and method."""
    options = arguments(given)
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    print(f"{where}, torch {torch.__version__}, {options.size} size, global batch {BATCH}\n")
    table = Table(
        *("model", "method", "samples at a time", "samples/s", "peak memory (GB)", "MFU"),
        "tokens/s",
    )
    for name in options.models:
        for method in options.methods:
            row = measure(name, method, options)
            table.add(
                *(name, method, row["micro_batch"], row["samples_per_second"]),
                *("-" if row["peak_gb"] is None else row["peak_gb"], f"{row['mfu']:.1%}"),
                row["tokens_per_second"],
            )


if __name__ == "__main__":
    main()
