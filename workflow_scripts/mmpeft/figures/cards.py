"""Cards: an image with what was asked, and a small table of what the models say."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from mmpeft.aggregation import MISSING
from mmpeft.datasets.schema import decode_image
from mmpeft.figures import style
from mmpeft.figures.page import (
    PLAIN,
    POINTS_PER_INCH,
    Block,
    Paragraph,
    Picture,
    Rule,
    Style,
    Swatch,
    Text,
    page,
    paragraph,
)
from mmpeft.figures.style import COLOURS, NEUTRAL, SMALL, TINY

BASE = "Base"
RIGHT, WRONG = "✓", "✗"

_MARGIN = 3.0
_WIDTH = style.COLUMN_WIDTH_INCHES * POINTS_PER_INCH - 2 * _MARGIN
_PICTURE = 72.0
_LABEL = 42.0  # width of the column of methods
_GAP = 6.0
_SWATCH = 4.5
_MAX_LINES = 8  # of a text; a context of ScienceQA alone may be a page long
_QUIET = Style(colour=NEUTRAL)


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a card shows: `facts` are headings with texts, `rows` a label and its cells each.

    A row with a single cell spans all `columns`.
    """

    title: str
    image: bytes | None
    facts: Sequence[tuple[str, str]]
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Text]]]


def cards_figure(cards: Sequence[Card], notes: str) -> Figure:
    """Cards side by side, two a row, with notes below; one column wide for a single card."""
    columns = min(len(cards), 2)
    inches = style.COLUMN_WIDTH_INCHES if columns == 1 else style.FULL_WIDTH_INCHES
    width = inches * POINTS_PER_INCH
    whole, y = Block(), 0.0
    for first in range(0, len(cards), 2):
        drawn = [_card(card) for card in cards[first : first + 2]]
        for block, x in zip(drawn, (0.0, width - 2 * _MARGIN - _WIDTH), strict=False):
            whole.put(block, x, y)
        y += max(block.height for block in drawn) + 2 * _GAP
    whole.put(paragraph(notes, width - 2 * _MARGIN, TINY, _QUIET), 0.0, y - _GAP)
    return page(whole, width, _MARGIN)


def nothing_to_show(reason: str) -> Figure:
    """A page that only tells why it is empty."""
    text = paragraph(reason, _WIDTH, SMALL, Style(colour=NEUTRAL, italic=True))
    return page(text, style.COLUMN_WIDTH_INCHES * POINTS_PER_INCH)


def gap(reason: str) -> Text:
    """In place of an answer: why there is none."""
    return [(reason, Style(colour=NEUTRAL, italic=True))]


def scored(answer: str, score: float, *, percent: bool) -> Text:
    """An answer behind its score: a tick for 100 %, a cross for 0 %, else the number."""
    mark = f"{score:.0f}"
    if percent:
        mark = RIGHT if math.isclose(score, 100.0) else WRONG if math.isclose(score, 0.0) else mark
    return [(mark, Style(bold=True)), (f" {answer or '(no text)'}", PLAIN)]


def judged(text: str, hallucinated: Sequence[str]) -> Text:
    """A text with the words marked that a judge found made up, behind a cross or a tick."""
    mark = (WRONG if hallucinated else RIGHT, Style(bold=True))
    phrases = sorted(hallucinated, key=len, reverse=True)
    found = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases)
    if not found:
        return [mark, (f" {text or '(no text)'}", PLAIN)]
    # a group in the pattern keeps what is split at: every other part is made up
    parts = re.split(rf"(?<!\w)({found})(?!\w)", text, flags=re.IGNORECASE)
    words = [(part, Style(marked=index % 2 == 1)) for index, part in enumerate(parts)]
    return [mark, (" ", PLAIN), *words]


def one_of_the_captions(references: Sequence[str]) -> tuple[str, str]:
    """Heading and text of the first reference caption."""
    return f"Reference caption (1 of {len(references)})", references[0]


def status_of(results: Any, **where: str) -> str:
    """Status of what these columns of the results tell apart, with the reason of a failure."""
    rows = results
    for column, value in where.items():
        rows = rows[rows[column] == value]
    if rows.empty:
        return MISSING
    status, reason = rows.iloc[0][["status", "reason"]]
    return f"{status}: {reason}" if isinstance(reason, str) and reason else status


def model_label(study: Mapping[str, Any], name: str) -> str:
    """How the paper calls a model of the study."""
    return next(one["label"] for one in study["set_up"]["models"] if one["name"] == name)


def _card(card: Card) -> Block:
    block = Block()
    y = block.put(paragraph(card.title, _WIDTH, 7.0, Style(bold=True)), 0.0, 0.0) + 2
    if card.image is None:
        frame: Any = paragraph(f"{MISSING}: image", _PICTURE, SMALL, _QUIET)
    else:
        frame = Picture(decode_image(card.image), _PICTURE)
    bottom, beside = block.put(frame, 0.0, y), _PICTURE + _GAP
    for heading, text in card.facts:
        y = block.put(paragraph(heading, _WIDTH - beside, TINY, _QUIET), beside, y)
        told = paragraph(text, _WIDTH - beside, SMALL, max_lines=_MAX_LINES)
        y = block.put(told, beside, y) + 2
    _table(block, card, max(y, bottom) + _GAP)
    return block


def _table(block: Block, card: Card, y: float) -> None:
    """The rows of a card, from `y` on."""
    columns = len(card.columns)
    cell = (_WIDTH - _LABEL - (columns - 1) * _GAP) / columns
    heads = [paragraph(head, cell, TINY, _QUIET) for head in card.columns]
    y = _row(block, None, heads, cell, y)
    for label, cells in card.rows:
        block.put(Rule(_WIDTH, "#c8c8c8"), 0.0, y)
        width = cell if len(cells) == columns else _WIDTH - _LABEL
        texts = [paragraph(text, width, SMALL, max_lines=_MAX_LINES) for text in cells]
        y = _row(block, label, texts, width, y + 1.5)


def _row(
    block: Block, label: str | None, texts: Sequence[Paragraph], width: float, y: float
) -> float:
    if label is not None:
        if label in COLOURS:
            block.put(Swatch(_SWATCH, COLOURS[label]), 0.0, y + 2)
        block.put(paragraph(label, _LABEL, SMALL, Style(bold=True)), _SWATCH + 3, y)
    ends = [block.put(text, _LABEL + index * (width + _GAP), y) for index, text in enumerate(texts)]
    return max(ends) + 1.5
