"""ROUGE-L of captions (Lin 2004), as the COCO caption toolkit computes it.

F-measure (beta 1.2) of the longest common subsequence with the references, precision and recall
each the best over all of them, which need not be one and the same. The corpus value is the mean of
the items. The code that runs is `Rouge` of pycocoevalcap.
"""

from collections.abc import Sequence

from pycocoevalcap.rouge.rouge import Rouge

from mmpeft.metrics.cider import Tokens


def rouge_l(references: Sequence[Sequence[Tokens]], candidates: Sequence[Tokens]) -> list[float]:
    """ROUGE-L of each tokenised caption, 0-1.

    Raises ValueError if the lists differ in length, are empty, or an item has no reference.
    """
    if len(references) != len(candidates) or not candidates or not all(references):
        raise ValueError(
            f"ROUGE-L needs candidates with references: {len(candidates)} for "
            f"{len(references)} items"
        )
    scorer = Rouge()
    return [
        scorer.calc_score([" ".join(candidate)], [" ".join(reference) for reference in item])
        for item, candidate in zip(references, candidates, strict=True)
    ]
