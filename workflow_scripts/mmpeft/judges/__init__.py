"""Judges of what a model says about an image: their interfaces, and those that need no settings.

A `LanguageModelJudge` and an `AnnotatorJudge` are built by the jobs that use them.
"""

from collections.abc import Mapping

from mmpeft.judges.judge import AnswerJudge, AnswerVerdict, CaptionJudge, CaptionVerdict
from mmpeft.judges.scene_graph import SceneGraphJudge

# The names are those of `mmpeft.study.capabilities.JUDGES` that a study need not declare.
JUDGES: Mapping[str, SceneGraphJudge] = {"scene_graph": SceneGraphJudge()}

__all__ = ["JUDGES", "AnswerJudge", "AnswerVerdict", "CaptionJudge", "CaptionVerdict"]
