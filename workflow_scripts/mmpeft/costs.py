"""What a training and a scoring cost, as columns of the results."""

from collections.abc import Mapping
from typing import Any

from mmpeft.flops import inference_flops, train_flops

Record = Mapping[str, Any]


def training_cost(train: Record | None) -> dict[str, Any]:
    """Parameters, time, memory, tokens and FLOPs of a training record; nothing without one.

    A training that failed early has not counted its parameters, and so has no FLOPs.
    """
    if train is None:
        return {}
    cost = {
        "train_seconds": train["seconds"],
        "train_samples_per_second": train["samples_per_second"],
        "peak_memory_bytes": train["peak_memory_bytes"],
        "peak_gpu_memory_bytes": train["peak_gpu_memory_bytes"],
        "train_input_tokens": train["tokens"]["input"],
        "train_answer_tokens": train["tokens"]["answer"],
    }
    if train["parameters"] is None:
        return cost
    trainable, total = (train["parameters"][name] for name in ("trainable", "total"))
    tokens = sum(train["tokens"].values())
    return cost | {
        "trainable_parameters": trainable,
        "total_parameters": total,
        "train_flops": train_flops(frozen=total - trainable, trainable=trainable, tokens=tokens),
    }


def inference_cost(scored: Record, train: Record | None) -> dict[str, Any]:
    """Time and tokens of a scores record, and by the parameters of its training the FLOPs.

    Without a training record, as for an un-tuned base, FLOPs are left out; the best constant answer
    takes no model and costs nothing.
    """
    if "tokens" not in scored:
        return {}
    tokens = scored["tokens"]
    cost = {
        "test_seconds": scored["seconds"],
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
