"""Tables: built as data from what a study has collected, then written in every format."""

from collections.abc import Callable, Mapping

from mmpeft.artefacts.kinds import (
    Artefact,
    CaptionTable,
    ComparisonTable,
    ConnectorTable,
    CostTable,
    CoverageTable,
    DocumentTable,
    GradeTable,
    HeadlineTable,
    IntervalTable,
    MatchedTable,
    PairTable,
    PrintTable,
    RankTable,
    ScoreTable,
    TransferTable,
)
from mmpeft.collected import Collected
from mmpeft.tables.comparison import comparison_table
from mmpeft.tables.connector import connector_table
from mmpeft.tables.cost import cost_table
from mmpeft.tables.coverage import coverage_table
from mmpeft.tables.documents import document_table
from mmpeft.tables.evaluations import caption_table, grade_table, transfer_table
from mmpeft.tables.formats import write
from mmpeft.tables.headline import headline_table
from mmpeft.tables.intervals import interval_table
from mmpeft.tables.matched import matched_table
from mmpeft.tables.model import Table
from mmpeft.tables.pairs import pair_table
from mmpeft.tables.ranks import rank_table
from mmpeft.tables.reported import print_table
from mmpeft.tables.scores import score_table

__all__ = ["BUILDERS", "build", "write"]

BUILDERS: Mapping[type[Artefact], Callable[[Collected, Artefact], Table]] = {
    ScoreTable: score_table,
    HeadlineTable: headline_table,
    TransferTable: transfer_table,
    GradeTable: grade_table,
    CaptionTable: caption_table,
    CostTable: cost_table,
    MatchedTable: matched_table,
    DocumentTable: document_table,
    RankTable: rank_table,
    PairTable: pair_table,
    IntervalTable: interval_table,
    CoverageTable: coverage_table,
    ConnectorTable: connector_table,
    ComparisonTable: comparison_table,
    PrintTable: print_table,
}


def build(data: Collected, spec: Artefact) -> Table:
    """Build the table that a declaration describes."""
    return BUILDERS[type(spec)](data, spec)
