"""The opening page of the report: question, study, coverage, headline, claims, contents."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from mmpeft import aggregation, tables
from mmpeft.aggregation import OK
from mmpeft.artefacts import ARTEFACTS, FIGURES, TABLES
from mmpeft.artefacts.kinds import SECTIONS
from mmpeft.axes import SIZE_NAMES, count, counted
from mmpeft.collected import Collected
from mmpeft.datasets.registry import DATASETS
from mmpeft.report import entries
from mmpeft.tables.documents import stand_ins
from mmpeft.tables.formats import html_table

_SECONDS_PER_HOUR = 3600


def overview(
    data: Collected,
    artefacts: Sequence[str],
    folder: str,
    template: Path,
    claims: Path | None = None,
) -> str:
    """Render the page, HTML to stand within the body of the report; all texts are escaped.

    artefacts: ids of the tables and figures of the study. folder: that of its results, as the
    workflow names it. claims: a page of `tables.formats` with a verdict on every claim of the
    paper, which the opening page takes up.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.from_string(template.read_text(encoding="utf-8"))
    return page.render(
        study=data.study["study"],
        reported=data.study["source"] == "reported",
        facts=dict(_facts(data)),
        stand_ins=stand_ins(data.study["set_up"]),
        coverage=_table(data, "coverage"),
        headline=_table(data, "headline") if "headline" in artefacts else None,
        claims=_body(claims) if claims else None,
        chapters=list(_chapters(artefacts, folder)),
    )


def _table(data: Collected, name: str) -> str:
    return html_table(tables.build(data, TABLES[name]))


def _body(page: Path) -> str:
    """What stands in the body of a page."""
    found = re.search(r"<body>(.*)</body>", page.read_text(encoding="utf-8"), re.DOTALL)
    if found is None:
        raise ValueError(f"{page}: not a page with a body")
    return found[1]


def _chapters(artefacts: Sequence[str], folder: str) -> Iterator[dict[str, Any]]:
    """The chapters of the report with what they have, each with the view that shows it.

    A view is what `setView` of Snakemake's report takes.
    """
    files = {
        **{name: ("html", f"{folder}/tables/{name}.html") for name in TABLES},
        **{name: ("img", f"{folder}/figures/{name}.svg") for name in FIGURES},
    }
    for section in SECTIONS:
        chapter = entries.chapter(section)
        common = {"navbarMode": "resultinfo", "category": chapter, "subcategory": "Other"}
        entered = [
            {
                "name": entries.name(artefact),
                "view": {**common, "content": files[name][0], "resultPath": files[name][1]},
            }
            for name, artefact in ARTEFACTS.items()
            if name in artefacts and artefact.section == section
        ]
        if entered:
            yield {"name": chapter, "entries": entered}


def _facts(data: Collected) -> Iterator[tuple[str, str]]:
    """What the study is made of, in words and numbers."""
    set_up, results = data.study["set_up"], data.results
    yield "Models", ", ".join(f"{one['label']} ({one['name']})" for one in set_up["models"])
    yield "Methods", ", ".join(map(_method, set_up["methods"]))
    for seen, kind in ((False, "unseen"), (True, "seen")):
        sets = [one for one in set_up["datasets"] if DATASETS[one["name"]].seen == seen]
        if sets:
            yield f"Data sets, {kind}", ", ".join(_dataset(one, results) for one in sets)
    runs = results[(results["kind"] == "run") & results["headline"]]
    if data.study["source"] == "reported":
        known = (runs["status"] == OK).sum()
        yield (
            "Scores",
            f"{count(known)} of {count(len(runs))} cells of its experiments are reported",
        )
        return
    runs = runs.drop_duplicates("run")
    scored = runs[runs["status"] == OK]
    gaps = {status: n for status, n in runs["status"].value_counts().items() if status != OK}
    told = "".join(f"; {count(n)} {status}" for status, n in gaps.items())
    yield "Fine-tuning runs", f"{count(len(scored))} of {count(len(runs))} scored{told}"
    yield "Seeds", ", ".join(str(seed) for seed in sorted(runs["seed"].dropna().unique()))
    if len(scored):
        yield "Training time", f"{_duration(scored['train_seconds'].sum())} in all"
        yield "Trained on", "; ".join(sorted(scored["train_hardware"].dropna().unique()))


def _method(method: dict[str, Any]) -> str:
    if method["size"] is None:
        return method["label"]
    size, name = method["size"], SIZE_NAMES[method["size_kind"]].lower()
    used = "" if size["value"] == size["label"] else f", here {size['value']}"
    return f"{method['label']} ({name} {size['label']}{used})"


def _dataset(sizes: dict[str, Any], results: pd.DataFrame) -> str:
    """A data set with its samples; those to test on are known once something is scored."""
    name, tested = sizes["name"], aggregation.scored_items(results, sizes["name"])
    to_test = "" if tested is None else f", {count(tested)} to test"
    return f"{DATASETS[name].label} ({count(sizes['train'])} to train on{to_test})"


def _duration(seconds: float) -> str:
    if seconds < _SECONDS_PER_HOUR:
        return counted(round(seconds / 60), "minute")
    return f"{seconds / _SECONDS_PER_HOUR:,.1f} hours"
