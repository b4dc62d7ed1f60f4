"""The claims of a study as pages to read and as data: claims.md, claims.html, claims.json."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmpeft.artefacts import ARTEFACTS, TABLES
from mmpeft.claims.config import Claim
from mmpeft.claims.verdicts import (
    GROWTH,
    NATS,
    POINTS,
    RATIO,
    Comparison,
    Judged,
    Verdict,
    judge,
)
from mmpeft.collected import Collected
from mmpeft.contrasts import NO_ITEMS
from mmpeft.files import write_json, write_text
from mmpeft.tables.formats import as_html, as_markdown
from mmpeft.tables.lines import rounded
from mmpeft.tables.model import Cell, Table, gap

Judgements = Sequence[tuple[Claim, list[Judged]]]

# How an effect is written: sign, decimals, and the unit behind it.
_UNITS = {
    POINTS: ("+z", 2, ""),
    NATS: ("+z", 3, " nats"),
    RATIO: ("", 2, " ×"),
    GROWTH: ("+z", 1, " %"),
}
_COLUMNS = ("Verdict", "Effect", "95 % CI", "Runs", "Comparisons", "Evidence", "Source")


def write(data: Collected, claims: Sequence[Claim], folder: Path) -> None:
    """Judge claims and write the verdicts in every format, beside the tables and figures."""
    judgements, study = judge(data, claims), data.study["study"]
    table = page(judgements, study)
    write_text(folder / "claims.md", as_markdown(table))
    write_text(folder / "claims.html", as_html(table))
    write_json(folder / "claims.json", record(judgements, study))


def page(judgements: Judgements, study: str) -> Table:
    """One line a reading; the first of a claim, in bold, is the verdict on it."""
    counts = _counts(judgements)
    return Table(
        id="claims",
        title="Claims of the paper",
        caption=f"What the results of the study {study!r} say of each. {len(judgements)} claims: "
        + ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
        + ".",
        labels=("Claim", "Reading"),
        columns=_COLUMNS,
        rows=tuple(
            ((claim.text, one.reading.reading), _line(claim, one, first=index == 0))
            for claim, readings in judgements
            for index, one in enumerate(readings)
        ),
        notes=(
            "The verdict on a claim, in bold, is that of its first reading.",
            "Effect: the comparison that decides, the weakest of those that must hold; in points, "
            "in nats of loss, as a ratio (×), or as growth (%) where a claim says how many times "
            "or by how many per cent. It is to exceed 0 or the bound that is given.",
            "Supported: the 95 % interval of each comparison needed lies above its bound. Not "
            "supported: too many intervals lie below it, at a level corrected for how many there "
            "are. Not enough data: neither, or cells are missing.",
            "Intervals: bootstrap over test items, and over seeds where cells have several runs. "
            "With one run a verdict is about these trained models, not about other seeds. "
            "Standard deviations are compared by Fisher's F, which needs no items. What is read "
            "off loss curves varies over seeds alone, and says nothing with one run.",
            "No CI: the numbers have no test items, as those that the paper reports; the sign of "
            "the effect decides.",
        ),
        widths=(0.22, 0.18, 0.1, 0.12, 0.1, 0.05, 0.1, 0.07, 0.06),
    )


def record(judgements: Judgements, study: str) -> dict[str, Any]:
    """The same as JSON, with every comparison."""
    counts = _counts(judgements)
    return {
        "study": study,
        "counts": {verdict.value: counts[verdict] for verdict in Verdict},
        "claims": [
            {
                "id": claim.id,
                "source": claim.source,
                "text": claim.text,
                "verdict": readings[0].verdict.value,
                "artefact": claim.artefact,
                "link": _link(claim, readings[0]),
                "readings": [_reading(one) for one in readings],
            }
            for claim, readings in judgements
        ],
    }


def _counts(judgements: Judgements) -> Counter[Verdict]:
    return Counter(readings[0].verdict for _, readings in judgements)


def _reading(one: Judged) -> dict[str, Any]:
    return {
        "reading": one.reading.reading,
        "verdict": one.verdict.value,
        "missing": one.missing or None,
        "at_least": one.reading.at_least,
        "deciding": _comparison(one.deciding) if one.deciding else None,
        "comparisons": [_comparison(each) for each in one.comparisons],
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "name": one.name,
        "effect": None if math.isnan(one.value) else one.value,
        "bound": one.bound,
        "unit": one.unit,
        "interval": list(one.interval) if one.interval else None,
        "no_interval": one.why or None,
        "runs": list(one.runs),
        "verdict": one.verdict.value,
    }


def _line(claim: Claim, one: Judged, *, first: bool) -> tuple[Cell, ...]:
    deciding = one.deciding
    return (
        Cell(one.verdict.value, bold=first),
        *((_effect(deciding), _interval(deciding)) if deciding else (gap(), gap())),
        Cell(_runs(one)),
        Cell(_told(one)),
        *(_evidence(claim, one) if first else (Cell(""), Cell(""))),
    )


def _evidence(claim: Claim, one: Judged) -> tuple[Cell, Cell]:
    link = _link(claim, one)
    return Cell(_name(claim.artefact), link=link) if link else gap(), Cell(claim.source)


def _effect(one: Comparison) -> Cell:
    sign, decimals, unit = _UNITS[one.unit]
    bound = f" (bound {one.bound:g}{unit})" if one.bound else ""
    return Cell(f"{rounded(one.value, decimals):{sign}}{unit}{bound}", one.value)


def _interval(one: Comparison) -> Cell:
    if one.interval is None:
        return gap("no CI" if one.why == NO_ITEMS else f"n/a ({one.why})")
    low, high = one.interval
    _, decimals, unit = _UNITS[one.unit]
    return Cell(f"[{low:z.{decimals}f}, {high:z.{decimals}f}]{unit}", low=low, high=high)


def _runs(one: Judged) -> str:
    numbers = sorted({runs for each in one.comparisons for runs in each.runs})
    return " or ".join(map(str, numbers))


def _told(one: Judged) -> str:
    """How many comparisons hold, and which one decides; or what is missing."""
    if one.missing:
        return one.missing
    total = len(one.comparisons)
    why = sorted({each.why for each in one.comparisons if each.why and math.isnan(each.value)})
    if total == 1:
        return "; ".join(why)
    words = {
        Verdict.SUPPORTED: f"of {total} hold",
        Verdict.NOT_SUPPORTED: "contradicted",
        Verdict.OPEN: "undecided",
    }
    counts = {verdict: one.count(verdict) for verdict in words}
    told = ", ".join(
        f"{count} {words[verdict]}"
        for verdict, count in counts.items()
        if count or verdict == Verdict.SUPPORTED
    )
    decides = f"decides: {one.deciding.name}" if one.deciding else ""
    return "; ".join(filter(None, (told, decides, *why)))


def _link(claim: Claim, one: Judged) -> str | None:
    """The page of the evidence, if the study has its cells at all."""
    if not one.comparisons:
        return None
    folder, suffix = ("tables", "html") if claim.artefact in TABLES else ("figures", "svg")
    return f"{folder}/{claim.artefact}.{suffix}"


def _name(artefact: str) -> str:
    """Table 1 for table01_main; other artefacts by their title."""
    number = artefact.partition("_")[0]
    for kind in ("table", "figure"):
        if number.startswith(kind) and number.removeprefix(kind).isdigit():
            return f"{kind.capitalize()} {int(number.removeprefix(kind))}"
    return ARTEFACTS[artefact].title
