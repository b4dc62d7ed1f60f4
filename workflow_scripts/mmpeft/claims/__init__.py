"""What the evidence at hand says of each claim of the paper."""

from mmpeft.claims.config import load
from mmpeft.claims.page import write
from mmpeft.claims.verdicts import Verdict, judge

__all__ = ["Verdict", "judge", "load", "write"]
