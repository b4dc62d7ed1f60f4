"""Fine-tune one run of the grid."""

from mmpeft.training.checkpoints import Interrupted
from mmpeft.training.run import fine_tune

__all__ = ["Interrupted", "fine_tune"]
