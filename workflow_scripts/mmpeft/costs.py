"""What a training and a scoring cost, as columns of the results."""

from collections.abc import Mapping
from typing import Any

from mmpeft.axes import counted
from mmpeft.flops import inference_flops, train_flops

Record = Mapping[str, Any]


def training_cost(train: Record | None) -> dict[str, Any]:
    """Parameters, time, memory, tokens and FLOPs of a training record; nothing without one.

    A training that failed early has not counted its parameters, and so has no FLOPs.
    """
    if train is None:
        return {}
    cost = {
        "train_seconds": training_seconds(train),
        "train_resumed_from_step": train["resumed_from_step"],
        "train_samples_per_second": train["samples_per_second"],
        "train_micro_batch_size": next(reversed(train["micro_batch_sizes"]), None),
        **_measured("train", train),
        "train_input_tokens": train["tokens"]["input"],
        "train_answer_tokens": train["tokens"]["answer"],
    }
    if train["parameters"] is None:
        return cost
    trainable, total = (train["parameters"][name] for name in ("trainable", "total"))
    tokens = sum(train["tokens"].values())
    return cost | {
        "trainable_parameters": trainable,
        "method_parameters": train["parameters"]["groups"]["method"],
        "total_parameters": total,
        "trainable_percent": 100 * trainable / total,
        "train_flops": train_flops(frozen=total - trainable, trainable=trainable, tokens=tokens),
    }


def training_seconds(train: Record) -> float:
    """Seconds of a whole training, without start-up.

    The clock of a resumed training ran for its last part alone; the rest is taken to be as fast.
    """
    if train["resumed_from_step"] is None or not train["samples_per_second"]:
        return train["seconds"]
    return train["samples_seen"] / train["samples_per_second"]


def inference_cost(scored: Record, train: Record | None) -> dict[str, Any]:
    """Time, memory and tokens of a scores record, and by the parameters of its training the FLOPs.

    Without a training record, as for an un-tuned base, FLOPs are left out; the best constant answer
    takes no model and costs nothing.
    """
    if "tokens" not in scored:
        return {}
    tokens = scored["tokens"]
    cost = {
        "test_seconds": scored["seconds"],
        "test_samples_per_second": scored["samples_per_second"],
        **_measured("test", scored),
        "test_input_tokens": tokens["input"],
        "test_generated_tokens": tokens["generated"],
    }
    if train is None:
        return cost
    parameters = train["parameters"]
    return cost | {
        "inference_flops": inference_flops(
            non_embedding=parameters["total"] - parameters["input_embedding"],
            layers=parameters["layers"],
            width=parameters["width"],
            tokens=sum(tokens.values()),
        )
    }


def hardware(record: Record) -> str:
    """What a job ran on: its GPUs, or the processor and the number of threads."""
    described = record["provenance"]["hardware"]
    if gpus := described["gpus"]:
        return f"{len(gpus)} x {gpus[0]['name']}"
    return f"{described['processor']}, {counted(described['threads'], 'thread')}"


def _measured(part: str, record: Record) -> dict[str, Any]:
    """Memory and hardware of a job, by the names of columns that begin with `part`."""
    return {
        f"{part}_peak_memory_bytes": record["peak_memory_bytes"],
        f"{part}_peak_gpu_memory_bytes": record["peak_gpu_memory_bytes"],
        f"{part}_hardware": hardware(record),
    }
