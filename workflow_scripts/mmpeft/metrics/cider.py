"""CIDEr-D, the consensus score of a caption (Vedantam et al. 2015, arXiv:1411.5726).

What is called CIDEr in published tables is CIDEr-D as coded in tylin/coco-caption, and so it is
here: 1- to 4-grams weighted by tf-idf, with document frequencies over the references that are
scored; cosine similarity with the candidate's weights clipped at the reference's; a Gaussian
penalty of sigma 6 on the difference of lengths; mean over the four orders and the references,
times 10. Two oddities of that code are kept: "length" counts bigrams, and as the frequencies come
from the scored set, one item alone scores 0.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

ORDERS = 4
SIGMA = 6.0

Tokens = Sequence[str]
Gram = tuple[str, ...]


def grams(tokens: Tokens) -> Counter[Gram]:
    """Count the 1- to 4-grams of a caption."""
    return Counter(
        tuple(tokens[start : start + order])
        for order in range(1, ORDERS + 1)
        for start in range(len(tokens) - order + 1)
    )


@dataclass(frozen=True)
class Idf:
    """Inverse document frequencies; a document is an item with all its references."""

    weights: Mapping[Gram, float]
    unseen: float

    @classmethod
    def of(cls, items: Iterable[Sequence[Counter[Gram]]]) -> "Idf":
        frequency: Counter[Gram] = Counter()
        documents = 0
        for references in items:
            documents += 1
            frequency.update(set().union(*references))
        whole = math.log(documents)
        return cls({gram: whole - math.log(found) for gram, found in frequency.items()}, whole)

    def __getitem__(self, gram: Gram) -> float:
        return self.weights.get(gram, self.unseen)


@dataclass(frozen=True)
class Weighted:
    """A caption as tf-idf weights, with the norm of each order and the number of bigrams."""

    weights: Mapping[Gram, float]
    norms: tuple[float, ...]
    bigrams: int

    @classmethod
    def of(cls, counts: Counter[Gram], idf: Idf) -> "Weighted":
        weights = {gram: count * idf[gram] for gram, count in counts.items()}
        squares = [0.0] * ORDERS
        bigrams = 0
        for gram, count in counts.items():
            squares[len(gram) - 1] += weights[gram] ** 2
            bigrams += count if len(gram) == 2 else 0
        return cls(weights, tuple(map(math.sqrt, squares)), bigrams)


def length_penalty(difference: float | np.ndarray) -> float | np.ndarray:
    """Gaussian of the difference in bigrams, 1 at 0."""
    return np.exp(-(difference**2) / (2 * SIGMA**2))


def similarity(candidate: Weighted, reference: Weighted) -> float:
    """CIDEr-D of one pair before the factor 10: mean over the orders of the clipped cosine."""
    products = [0.0] * ORDERS
    for gram, weight in candidate.weights.items():
        other = reference.weights.get(gram, 0.0)
        products[len(gram) - 1] += min(weight, other) * other
    cosines = [
        product / (ours * theirs) if ours and theirs else 0.0
        for product, ours, theirs in zip(products, candidate.norms, reference.norms, strict=True)
    ]
    penalty = float(length_penalty(candidate.bigrams - reference.bigrams))
    return penalty * sum(cosines) / ORDERS


def cider_d(references: Sequence[Sequence[Tokens]], candidates: Sequence[Tokens]) -> list[float]:
    """CIDEr-D of each candidate; their mean is the corpus value.

    references: the tokenised references of each item, at least one. Raises ValueError if an item
    has none or the two lists differ in length.
    """
    if len(references) != len(candidates) or not candidates:
        raise ValueError(f"{len(candidates)} candidates for {len(references)} items")
    if not all(references):
        raise ValueError("every item needs at least one reference")
    counted = [[grams(reference) for reference in item] for item in references]
    idf = Idf.of(counted)
    values = []
    for item, tokens in zip(counted, candidates, strict=True):
        candidate = Weighted.of(grams(tokens), idf)
        total = sum(similarity(candidate, Weighted.of(counts, idf)) for counts in item)
        values.append(10 * total / len(item))
    return values
