"""Whether the collected files of a study say what the records of its jobs say."""

from pathlib import Path

from mmpeft.collected import Collected
from mmpeft.samples import records
from mmpeft.verification.curves import curve_mismatches
from mmpeft.verification.items import item_mismatches
from mmpeft.verification.samples import sample_mismatches
from mmpeft.verification.scores import score_mismatches

__all__ = [
    "curve_mismatches",
    "item_mismatches",
    "mismatches",
    "sample_mismatches",
    "score_mismatches",
]


def mismatches(data: Collected, folder: Path) -> list[str]:
    """All differences between collected files and the records below `folder`, a sentence each."""
    answers, images = records(data.samples), list(data.samples.images)
    return [
        *score_mismatches(data.results, folder),
        *curve_mismatches(data.losses, folder),
        *item_mismatches(data.results, data.items),
        *sample_mismatches(answers, images, data.study, folder),
    ]
