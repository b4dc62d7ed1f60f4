"""Learning-rate schedules that transformers does not have."""

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

LOGARITHMIC_WARMUP = "logarithmic_warmup"


def logarithmic_warmup(optimizer: Optimizer, warmup_steps: int) -> LambdaLR:
    """Rates rise with the logarithm of the step, then stay.

    That is what the released multi-GPU script of Qwen-VL trains with, as its DeepSpeed settings
    (`WarmupLR`) take the place of the cosine it asks for. At least two warm-up steps.
    """
    length = math.log(max(warmup_steps, 2))
    return LambdaLR(optimizer, lambda step: min(1.0, math.log(step + 1) / length))
