"""BLEU of captions (Papineni et al. 2002), as the COCO caption toolkit computes it.

Clipped precisions of 1- to n-grams are pooled over the corpus before their geometric mean is taken,
so a corpus value is no mean of items. The brevity penalty compares the total length with that of
the references closest in length (the shorter of two). The code that runs is `BleuScorer` of
pycocoevalcap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pycocoevalcap.bleu.bleu_scorer import BleuScorer

from mmpeft.metrics.cider import ORDERS, Tokens


@dataclass(frozen=True, kw_only=True)
class Bleu:
    """BLEU up to one order, 0-1: of the corpus, and of each candidate as a corpus of its own."""

    corpus: float
    per_item: list[float]


def bleu(references: Sequence[Sequence[Tokens]], candidates: Sequence[Tokens]) -> list[Bleu]:
    """BLEU-1 to BLEU-4 of tokenised captions.

    Raises ValueError if the lists differ in length, are empty, or an item has no reference.
    """
    if len(references) != len(candidates) or not candidates or not all(references):
        raise ValueError(
            f"BLEU needs candidates with references: {len(candidates)} for {len(references)} items"
        )
    scorer = BleuScorer(n=ORDERS)
    for item, candidate in zip(references, candidates, strict=True):
        scorer += (" ".join(candidate), [" ".join(reference) for reference in item])
    corpus, per_item = scorer.compute_score(option="closest")
    return [Bleu(corpus=one, per_item=each) for one, each in zip(corpus, per_item, strict=True)]
