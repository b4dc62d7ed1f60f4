"""Render many artefacts in one go."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from mmpeft import claims, figures, tables
from mmpeft.artefacts import FIGURES, TABLES
from mmpeft.claims.config import Claim
from mmpeft.collected import Collected

# Each process takes about as many shares of the artefacts: some artefacts take much longer.
SHARES = 4


def render(
    data: Collected, names: Sequence[str], judged: Sequence[Claim], out: Path, *, processes: int = 1
) -> None:
    """Write the tables and figures with these ids, in all formats, and the verdicts on claims.

    They go to out/tables, out/figures and out/claims.*. Raises KeyError for an id that is not
    declared.
    """
    unknown = set(names) - set(TABLES) - set(FIGURES)
    if unknown:
        raise KeyError(f"no such artefact: {', '.join(sorted(unknown))}")
    number = min(SHARES * processes, len(names))
    forks = multiprocessing.get_context("fork")  # another start would import everything anew
    with ProcessPoolExecutor(processes, mp_context=forks) as pool:
        shares = [pool.submit(claims.write, data, judged, out)]
        shares += [pool.submit(_share, data, names[i::number], out) for i in range(number)]
        for share in shares:
            share.result()


def _share(data: Collected, names: Sequence[str], out: Path) -> None:
    for name in names:
        if name in TABLES:
            tables.write(tables.build(data, TABLES[name]), out / "tables")
        else:
            figures.write(figures.build(data, FIGURES[name]), out / "figures", name)
