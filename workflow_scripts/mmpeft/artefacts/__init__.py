"""What the tables and figures are: one declaration each, rendered by `tables` and `figures`.

This package is plain data, so that the workflow can list files and captions without pandas.
"""

from collections.abc import Mapping

from mmpeft.artefacts.figures import FIGURES
from mmpeft.artefacts.kinds import Artefact
from mmpeft.artefacts.tables import TABLES

TABLE_FORMATS = ("csv", "md", "tex", "html")
FIGURE_FORMATS = ("pdf", "svg", "png")
ARTEFACTS: Mapping[str, Artefact] = {**TABLES, **FIGURES}

__all__ = ["ARTEFACTS", "FIGURES", "FIGURE_FORMATS", "TABLES", "TABLE_FORMATS"]
