"""Render many artefacts in one go."""

from collections.abc import Iterable
from pathlib import Path

from mmpeft import figures, tables
from mmpeft.artefacts import FIGURES, TABLES
from mmpeft.collected import Collected


def render(data: Collected, names: Iterable[str], out: Path) -> None:
    """Write the tables and figures with these ids, in all formats, to out/tables and out/figures.

    Raises KeyError for an id that is not declared.
    """
    for name in names:
        if name in TABLES:
            tables.write(tables.build(data, TABLES[name]), out / "tables")
        else:
            figures.write(figures.build(data, FIGURES[name]), out / "figures", name)
