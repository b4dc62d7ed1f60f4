"""The study: a strict configuration, expanded to a grid of runs. No torch, no Snakemake here."""

from mmpeft.study.errors import StudyError
from mmpeft.study.grid import Cell, Labels, Run
from mmpeft.study.study import Study, as_text, load_study

__all__ = ["Cell", "Labels", "Run", "Study", "StudyError", "as_text", "load_study"]
