"""A table as data: what builders make and writers write."""

from dataclasses import dataclass
from functools import cached_property

from mmpeft.axes import NOT_APPLICABLE

AVERAGE = "Avg"


@dataclass(frozen=True)
class Cell:
    """One place of a table: its text, and the number behind it if it has one.

    `bold` marks a best number, `gap` a place without the number that belongs there. `sd` and `n`
    are those of a mean, `low` and `high` the ends of its interval, `p` belongs to a difference.
    `link` is where the text leads, relative to the page.
    """

    text: str
    number: float | None = None
    bold: bool = False
    gap: bool = False
    sd: float | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    link: str | None = None


def gap(text: str = NOT_APPLICABLE) -> Cell:
    """A place whose number does not exist."""
    return Cell(text, gap=True)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: `labels` headings over label columns, `columns` over values, one line a row.

    `rows` holds pairs of label texts and value cells. Equal labels in a row below each other are
    shown once. `notes` stand below the table. `beside` names the fields of cells that files for
    programs have beside each number. `widths` are given for long texts: the share of the page that
    each column takes, label columns first.
    """

    id: str
    title: str
    caption: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...]
    notes: tuple[str, ...]
    beside: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()

    @cached_property
    def text_columns(self) -> tuple[bool, ...]:
        """Whether each value column holds texts, not numbers."""
        return tuple(
            any(cells[index].number is None and not cells[index].gap for _, cells in self.rows)
            for index in range(len(self.columns))
        )

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """From which label column on each row differs from the row above."""
        levels = []
        previous: tuple[str, ...] | None = None
        for labels, _ in self.rows:
            if previous is None:
                levels.append(0)
            else:
                pairs = zip(labels, previous, strict=True)
                differs = (place for place, (one, other) in enumerate(pairs) if one != other)
                levels.append(next(differs, len(labels)))
            previous = labels
        return tuple(levels)

    @property
    def has_blocks(self) -> bool:
        """Whether some rows share their first label, so that lines part those that do not."""
        return any(level > 0 for level in self.levels)

    def rows_with_label(self, index: int, place: int) -> int:
        """Count the rows from `index` on that share their labels up to `place`."""
        below = self.levels[index + 1 :]
        return 1 + next((i for i, level in enumerate(below) if level <= place), len(below))
