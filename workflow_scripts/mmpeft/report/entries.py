"""How artefacts stand in the report: chapter, name and caption. Plain, for the workflow itself."""

import html
from collections.abc import Iterable, Sequence

from mmpeft.artefacts.kinds import SECTIONS, Artefact
from mmpeft.datasets.registry import DATASETS
from mmpeft.study import Study
from mmpeft.study.evaluations import chosen
from mmpeft.study.grid import Cell

# As wide as a digit and sorted before it: the report sorts names as texts, and 10 follows 9.
_FIGURE_SPACE = "\u2007"


def chapter(section: str) -> str:
    """The name of a section, with its number in the report."""
    return f"{_padded(SECTIONS.index(section) + 1)}. {section}"


def name(artefact: Artefact) -> str:
    """What the list of a chapter calls an artefact: by the paper's number where it has one."""
    if artefact.number is None:
        return artefact.title
    kind, number = artefact.number
    return f"{kind} {_padded(number)} · {artefact.title}"


def caption(study: Study, artefact: Artefact) -> str:
    """Say what an artefact shows: of which methods, on how many test items, with which seeds.

    Returns HTML, in which labels of the study are escaped.
    """
    cells, tested = _shown(study, artefact)
    told = (*_methods(cells), *_items(study, tested), *_seeds(cells))
    return html.escape(" ".join((artefact.caption, *told)))


def _padded(number: int) -> str:
    return str(number).rjust(2, _FIGURE_SPACE)


def _shown(study: Study, artefact: Artefact) -> tuple[Sequence[Cell], Iterable[str]]:
    """The cells whose runs an artefact shows, and the datasets that those are tested on."""
    if artefact.evaluations:
        measured = [one for one in study.measurements if one.evaluation == artefact.evaluation]
        return [one.cell for one in measured], {one.target for one in measured}
    if artefact.examples:
        cells = chosen(study.cells, study.config.examples[artefact.example].runs)
    elif artefact.experiments:
        cells = (cell for cell in study.cells if cell.experiment == artefact.experiment)
    else:
        cells = ()
    # Some figures show but one or a few data sets of an experiment.
    wanted = {getattr(artefact, "dataset", None), *getattr(artefact, "datasets", ())} - {None}
    cells = [cell for cell in cells if not wanted or cell.labels.dataset in wanted]
    return cells, {cell.run.dataset for cell in cells}


def _methods(cells: Sequence[Cell]) -> Iterable[str]:
    for axis, noun in (("model", "Models"), ("method", "Methods")):
        labels = dict.fromkeys(getattr(cell.labels, axis) for cell in cells)
        if labels:
            yield f"{noun}: {', '.join(labels)}."


def _items(study: Study, tested: Iterable[str]) -> Iterable[str]:
    """Say how many items the test sets have, in the study's order."""
    sizes = {one: study.sizes(one).test for one in study.config.datasets if one in set(tested)}
    by_size: dict[int, list[str]] = {}
    for dataset, items in sizes.items():
        by_size.setdefault(items, []).append(DATASETS[dataset].label)
    if by_size:
        told = ", ".join(f"{items:,} of {', '.join(names)}" for items, names in by_size.items())
        yield f"Test items: {told}."


def _seeds(cells: Sequence[Cell]) -> Iterable[str]:
    seeds = sorted({cell.labels.seed for cell in cells})
    if seeds:
        yield f"Seeds: {', '.join(map(str, seeds))} (n = {len(seeds)} for each setting)."
