"""CIDEr of captions with BLEU and ROUGE-L beside it, and the constant caption that scores best."""

from collections.abc import Sequence

from mmpeft.metrics.bleu import bleu
from mmpeft.metrics.cider import Tokens, cider_d
from mmpeft.metrics.consensus import consensus
from mmpeft.metrics.rouge import rouge_l
from mmpeft.metrics.score import Row, Score, check_lengths
from mmpeft.metrics.tokenise import Tokeniser, default_tokeniser


def cider(
    references: Sequence[Sequence[str]],
    candidates: Sequence[str],
    *,
    tokeniser: Tokeniser | None = None,
) -> float:
    """Corpus CIDEr-D, not times 100.

    Without a `tokeniser` the official one runs if there is Java. Raises ValueError if the lists
    differ in length, are empty, or an item has no reference.
    """
    values = cider_d(*tokenised(references, candidates, tokeniser or default_tokeniser()))
    return sum(values) / len(values)


def tokenised(
    references: Sequence[Sequence[str]], candidates: Sequence[str], tokeniser: Tokeniser
) -> tuple[list[list[Tokens]], list[Tokens]]:
    """The tokens of the references of each item, and of each candidate, by one call."""
    tokens = tokeniser.run([*candidates, *(text for item in references for text in item)])
    remaining = iter(tokens[len(candidates) :])
    return [[next(remaining) for _ in item] for item in references], tokens[: len(candidates)]


def cider_score(predictions: Sequence[str], rows: Sequence[Row]) -> Score:
    """CIDEr-D x 100 over the rows given; the definition names the tokeniser that ran.

    The value depends on the set scored: document frequencies come from its references.
    Secondary: `bleu_1` to `bleu_4` and `rouge_l`, in percent, on the same tokens.
    """
    check_lengths(predictions, rows)
    tokeniser = default_tokeniser()
    told = f"tokenised by {tokeniser.name}"
    references, candidates = tokenised(_references(rows), predictions, tokeniser)
    secondary = {
        f"bleu_{order}": Score(
            per_item=_times_100(one.per_item),
            corpus=100 * one.corpus,
            definition=f"corpus BLEU-{order}, {told}",
        )
        for order, one in enumerate(bleu(references, candidates), start=1)
    }
    secondary["rouge_l"] = Score(
        per_item=_times_100(rouge_l(references, candidates)), definition=f"ROUGE-L, {told}"
    )
    return Score(
        per_item=_times_100(cider_d(references, candidates)),
        definition=f"CIDEr-D x 100, {told}",
        secondary=secondary,
    )


def best_constant_caption(rows: Sequence[Row]) -> str:
    """The reference that, given as the caption of every row, reaches the highest CIDEr.

    Every distinct reference is tried, exactly, in time linear in their number (see `consensus`).
    Raises ValueError if a row has no reference.
    """
    references = _references(rows)
    grouped, _ = tokenised(references, [], default_tokeniser())
    distinct = {
        text: words
        for item, tokenised in zip(references, grouped, strict=True)
        for text, words in zip(item, tokenised, strict=True)
    }
    values = consensus(grouped, list(distinct.values()))
    # Rounded, so that a tie (or two sums that differ in the last bit) goes to the earliest caption.
    return list(distinct)[int(values.round(9).argmax())]


def _references(rows: Sequence[Row]) -> list[list[str]]:
    for row in rows:
        if not row["references"]:
            raise ValueError(f"row {row['id']!r} has no reference captions")
    return [row["references"] for row in rows]


def _times_100(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(100 * value for value in values)
