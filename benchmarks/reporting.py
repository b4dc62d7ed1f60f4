"""How benchmarks print: Markdown tables, a row as soon as it is measured."""

from collections.abc import Iterable


class Table:
    """A Markdown table on standard output."""

    def __init__(self, *columns: str) -> None:
        _print(columns)
        _print("---" for _ in columns)

    def add(self, *cells: str | int | float) -> None:
        """Print a row; of a float three digits, or all that stand before the point."""
        _print(map(written, cells))


def written(cell: str | int | float) -> str:
    """The text of a cell: LoRA, 1,234, 0.12, 1.23, 12.3, 123."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return f"{cell:,}"
    decimals = 2 if abs(cell) < 10 else 1 if abs(cell) < 100 else 0
    return f"{cell:,.{decimals}f}"


def _print(cells: Iterable[str]) -> None:
    print("|", " | ".join(cells), "|", flush=True)
