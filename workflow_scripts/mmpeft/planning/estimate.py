"""Time and memory of one job, estimated from parameters, rows and what a GPU can do.

Estimates, good to a factor of two at best: matrix products alone are counted, at the share of the
peak that the study assumes, and activations by a rule of thumb.
"""

from dataclasses import dataclass

from mmpeft.batch_sizes import largest_legal
from mmpeft.study.config import Hardware

# Tokens of a prompt and its answer beside the image, and those an answer takes to be said, where
# the data are not there yet.
TEXT_TOKENS = 96
# Bytes of activations for each token, unit of width and layer in 16 bits, attention maps not kept
# (Korthikanti et al. 2022, arXiv:2205.05198, section 4.1).
ACTIVATIONS = 34
# Bytes of a number that is trained: itself, its gradient, and two of Adam's, all in 32 bits.
TRAINED = 16
# Bytes a second that weights are read with from a disk.
DISK = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """A model in numbers: parameters of its parts, tokens of an image as both of them see it."""

    vision: int
    language: int
    layers: int
    width: int
    vocabulary: int
    patches: int
    image_tokens: int

    @property
    def total(self) -> int:
        return self.vision + self.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one training or scoring reads and does; `trained`: numbers that are trained, if any.

    of_base: those of them that the base has anyway, which no method adds.
    samples: passes of training rows over all epochs; checked: those of validation rows; answers:
    test rows that are answered, `batch` at a time, with at most `answer_tokens`.
    """

    model: Sizes
    trained: int = 0
    of_base: int = 0
    samples: int = 0
    checked: int = 0
    answers: int = 0
    batch: int = 1
    answer_tokens: int = 0
    text_tokens: float = TEXT_TOKENS
    bytes_per_weight: int = 2
    checkpointing: bool = False
    vision_tuned: bool = False


def gpu_hours(job: Job, hardware: Hardware) -> float:
    """GPU-hours of a job, the loading of its base included."""
    model = job.model
    tokens = model.image_tokens + job.text_tokens
    language, vision = 2 * model.language * tokens, 2 * model.vision * model.patches
    forward = language + vision
    # Backward: gradients of activations cost a forward pass, those of trained weights theirs.
    trained = forward + language + 2 * job.trained * tokens
    trained += language if job.checkpointing else 0
    trained += 2 * vision if job.vision_tuned else 0
    operations = job.samples * trained + (job.checked + job.answers) * forward
    # Each token of an answer reads all weights once for the whole batch.
    weights = model.total * job.bytes_per_weight
    steps = -(-job.answers // job.batch) * job.answer_tokens
    seconds = (
        operations / (hardware.tflops * 1e12 * hardware.utilisation)
        + steps * weights / (hardware.bandwidth_gb * 1e9)
        + weights / DISK
    )
    return seconds / 3600


def gpu_bytes(job: Job, micro_batch: int) -> float:
    """Memory that a job takes on its GPU, with so many samples at a time."""
    model = job.model
    tokens = model.image_tokens + job.text_tokens
    layer = ACTIVATIONS / 2 * job.bytes_per_weight * tokens * model.width
    if not job.samples:
        cached = 2 * (tokens + job.answer_tokens) * model.width * job.bytes_per_weight
        activations = layer + model.layers * cached  # keys and values of all layers
    elif job.checkpointing:
        activations = layer + model.layers * job.bytes_per_weight * tokens * model.width
    else:
        activations = model.layers * layer
    # The head runs on the positions of answers, in 32 bits: logits and their gradient.
    logits = 2 * 4 * min(job.text_tokens, 32) * model.vocabulary
    fixed = (model.total - job.of_base) * job.bytes_per_weight + TRAINED * job.trained
    return fixed + micro_batch * (activations + logits)


def micro_batch(job: Job, share: int, budget: float) -> int:
    """The largest legal micro-batch whose memory is within the budget; 0 if not even one is."""
    return largest_legal(share, lambda size: gpu_bytes(job, size) <= budget)
