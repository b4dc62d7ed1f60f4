"""CIDEr-D of many captions, each as the caption of every item, without comparing all pairs.

Score of candidate c: mean over items i and references r of i of
penalty(len c - len r) * mean over orders n of sum_g idf_g^2 min(c_g, r_g) r_g / (|c|_n |r|_n).

The clipping is undone by counting in unary: a caption that has a gram k times has the features
(g, 1) ... (g, k), and min(c_g, r_g) r_g is the dot product of ones (candidate) with r_g at each of
its levels (reference). The score is then linear in the reference but for the penalty, so all
references of one length are added up once, and each candidate meets one sum per length.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from scipy import sparse

from mmpeft.metrics.cider import ORDERS, Gram, Idf, Tokens, Weighted, grams, length_penalty

Feature = tuple[Gram, int]


def consensus(references: Sequence[Sequence[Tokens]], candidates: Sequence[Tokens]) -> np.ndarray:
    """CIDEr-D [C] of each of C candidates, averaged over all items as if it captioned each.

    Equal to `mean(cider_d(references, [candidate] * len(references)))`, document frequencies from
    `references`. Raises ValueError without references or candidates.
    """
    if not candidates or not references or not all(references):
        raise ValueError("consensus needs candidates, and a reference for every item")
    counted = [[grams(reference) for reference in item] for item in references]
    idf = Idf.of(counted)
    vocabulary: dict[Feature, int] = {}
    pooled = [(counts, 10.0 / (len(references) * len(item))) for item in counted for counts in item]
    theirs, their_lengths = _matrix(pooled, idf, vocabulary, level_value=float)
    ours, our_lengths = _matrix(
        [(grams(candidate), 1.0 / ORDERS) for candidate in candidates],
        idf,
        vocabulary,
        level_value=lambda count: 1.0,
    )
    theirs.resize(theirs.shape[0], len(vocabulary))
    lengths, group = np.unique(their_lengths, return_inverse=True)
    pool = sparse.csr_array(
        (np.ones(len(group)), (group, np.arange(len(group)))), shape=(len(lengths), len(group))
    )
    by_length = (ours @ (pool @ theirs).T).toarray()
    return (by_length * length_penalty(our_lengths[:, None] - lengths[None, :])).sum(axis=1)


def _matrix(
    captions: Iterable[tuple[Counter[Gram], float]],
    idf: Idf,
    vocabulary: dict[Feature, int],
    *,
    level_value: Callable[[int], float],
) -> tuple[sparse.csr_array, np.ndarray]:
    """Captions x features, rows scaled by 1 / norm and by their factor; and the bigrams of each.

    `vocabulary` (feature -> column) is extended in place by the features met for the first time.
    """
    data: list[float] = []
    columns: list[int] = []
    ends = [0]
    bigrams = []
    for counts, factor in captions:
        weighted = Weighted.of(counts, idf)
        bigrams.append(weighted.bigrams)
        for gram, count in counts.items():
            norm = weighted.norms[len(gram) - 1]
            if not norm:
                continue
            value = factor * idf[gram] * level_value(count) / norm
            for level in range(1, count + 1):
                columns.append(vocabulary.setdefault((gram, level), len(vocabulary)))
                data.append(value)
        ends.append(len(columns))
    shape = (len(bigrams), len(vocabulary))
    return sparse.csr_array((data, columns, ends), shape=shape), np.asarray(bigrams)
