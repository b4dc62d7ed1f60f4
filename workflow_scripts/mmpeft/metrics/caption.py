"""CIDEr of captions, and the constant caption that scores best."""

from collections.abc import Sequence

from mmpeft.metrics.cider import cider_d
from mmpeft.metrics.consensus import consensus
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
    values = cider_per_item(references, candidates, tokeniser or default_tokeniser())
    return sum(values) / len(values)


def cider_per_item(
    references: Sequence[Sequence[str]], candidates: Sequence[str], tokeniser: Tokeniser
) -> list[float]:
    """CIDEr-D of each candidate, not times 100; all texts are tokenised in one call."""
    tokens = tokeniser.run([*candidates, *(text for item in references for text in item)])
    remaining = iter(tokens[len(candidates) :])
    grouped = [[next(remaining) for _ in item] for item in references]
    return cider_d(grouped, tokens[: len(candidates)])


def cider_score(predictions: Sequence[str], rows: Sequence[Row]) -> Score:
    """CIDEr-D x 100 over the rows given; the definition names the tokeniser that ran.

    The value depends on the set scored: document frequencies come from its references.
    """
    check_lengths(predictions, rows)
    tokeniser = default_tokeniser()
    values = cider_per_item(_references(rows), predictions, tokeniser)
    return Score(
        per_item=tuple(100 * value for value in values),
        definition=f"CIDEr-D x 100, tokenised by {tokeniser.name}",
    )


def best_constant_caption(rows: Sequence[Row]) -> str:
    """The reference that, given as the caption of every row, reaches the highest CIDEr.

    Every distinct reference is tried, exactly, in time linear in their number (see `consensus`).
    Raises ValueError if a row has no reference.
    """
    references = _references(rows)
    tokens = iter(default_tokeniser().run([text for item in references for text in item]))
    grouped = [[next(tokens) for _ in item] for item in references]
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
