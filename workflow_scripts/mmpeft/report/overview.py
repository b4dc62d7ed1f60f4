"""The opening page of the report: question, study, coverage, headline, claims, contents."""

import re
from collections.abc import Iterator, Mapping, Sequence
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

View = Mapping[str, str]

_SECONDS_PER_HOUR = 3600


def overview(
    data: Collected,
    artefacts: Sequence[str],
    *,
    folder: str,
    template: str,
    style: str,
    claims: str | None = None,
) -> str:
    """Render the page, HTML to stand within the body of the report; all texts are escaped.

    artefacts: ids of the tables and figures of the study. folder: that of its results, as the
    workflow names it. template: the page, for Jinja. style: its style sheet, for where it is opened
    by itself. claims: a page of `tables.formats` with a verdict on every claim of the paper, which
    the opening page takes up; its links to artefacts open them in the report. Raises ValueError if
    it is no page.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    views = _views(artefacts, folder)
    return environment.from_string(template).render(
        study=data.study["study"],
        reported=data.study["source"] == "reported",
        facts=dict(_facts(data)),
        stand_ins=stand_ins(data.study["set_up"]),
        coverage=_table(data, "coverage"),
        headline=_table(data, "headline") if "headline" in artefacts else None,
        claims=_with_views(_body(claims), views) if claims else None,
        chapters=list(_chapters(views)),
        style=style,
    )


def without_links(page: str) -> str:
    """A page as the report shows it: in a frame of its own, from which no link leads anywhere."""
    return re.sub(r"</?a\b[^>]*>", "", page)


def _table(data: Collected, name: str) -> str:
    return html_table(tables.build(data, TABLES[name]))


def _body(page: str) -> str:
    """What stands in the body of a page."""
    found = re.search(r"<body>(.*)</body>", page, re.DOTALL)
    if found is None:
        raise ValueError("the claims are not a page with a body")
    return found[1]


def _with_views(page: str, views: Mapping[str, View]) -> dict[str, Any]:
    """The `start` of a page up to its first link; `linked`: pairs of view and text from then on.

    A view is what the link is to open, None where the report does not have it.
    """
    start, *rest = re.split(r'<a href="([^"]*)">', page)
    links = (views.get(Path(link).stem) for link in rest[::2])
    return {"start": start, "linked": list(zip(links, rest[1::2], strict=True))}


def _views(artefacts: Sequence[str], folder: str) -> Mapping[str, View]:
    """By the id of each artefact of the study, what `setView` of Snakemake's report takes."""
    places = {
        **{name: ("html", f"{folder}/tables/{name}.html") for name in TABLES},
        **{name: ("img", f"{folder}/figures/{name}.svg") for name in FIGURES},
    }
    return {
        name: {
            "navbarMode": "resultinfo",
            "category": entries.chapter(artefact.section, artefacts),
            "subcategory": "Other",
            "content": places[name][0],
            "resultPath": places[name][1],
        }
        for name, artefact in ARTEFACTS.items()
        if name in artefacts
    }


def _chapters(views: Mapping[str, View]) -> Iterator[dict[str, Any]]:
    """The chapters of the report with what they have, each with the view that shows it."""
    for section in SECTIONS:
        entered = [
            {"name": entries.name(ARTEFACTS[name]), "view": view}
            for name, view in views.items()
            if ARTEFACTS[name].section == section
        ]
        if entered:
            yield {"name": entries.chapter(section, list(views)), "entries": entered}


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
