"""Whether the collected files of a study say what the records of its jobs say."""

from mmpeft.verification.curves import curve_mismatches
from mmpeft.verification.items import item_mismatches
from mmpeft.verification.samples import sample_mismatches
from mmpeft.verification.scores import score_mismatches

__all__ = ["curve_mismatches", "item_mismatches", "sample_mismatches", "score_mismatches"]
