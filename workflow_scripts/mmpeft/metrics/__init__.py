"""Metrics: each a function of (predictions, rows) that gives a `Score`, by name in `METRICS`."""

from mmpeft.metrics.constant import Constant, best_constant
from mmpeft.metrics.registry import METRICS
from mmpeft.metrics.score import Metric, Score

__all__ = ["METRICS", "Constant", "Metric", "Score", "best_constant"]
