"""How sure a number is: intervals, paired comparisons, corrections and ranks.

Everything is plain numpy and scipy over arrays of scores; nothing here knows a study or a file.
"""

from mmpeft.statistics.bootstrap import LEVEL, Estimate, estimates
from mmpeft.statistics.ranks import Ranks, mean_ranks
from mmpeft.statistics.significance import holm, mcnemar
from mmpeft.statistics.spread import sd_ratio

__all__ = [
    "LEVEL",
    "Estimate",
    "Ranks",
    "estimates",
    "holm",
    "mcnemar",
    "mean_ranks",
    "sd_ratio",
]
