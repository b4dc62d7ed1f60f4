"""How artefacts stand in the report: chapter and name. Plain, for the workflow itself."""

from collections.abc import Collection

from mmpeft.artefacts import ARTEFACTS
from mmpeft.artefacts.kinds import SECTIONS, Artefact

# As wide as a digit and sorted before it: the report sorts names as texts, and 10 follows 9.
_FIGURE_SPACE = "\u2007"


def chapter(section: str, artefacts: Collection[str]) -> str:
    """The name of a section, with its number in the report of a study that has these artefacts."""
    found = {"Claims", *(ARTEFACTS[name].section for name in artefacts)}
    present = [one for one in SECTIONS if one in found]
    return f"{_padded(present.index(section) + 1)}. {section}"


def name(artefact: Artefact) -> str:
    """What the list of a chapter calls an artefact: by the paper's number where it has one."""
    if artefact.number is None:
        return artefact.title
    kind, number = artefact.number
    return f"{kind} {_padded(number)} · {artefact.title}"


def _padded(number: int) -> str:
    return str(number).rjust(2, _FIGURE_SPACE)
