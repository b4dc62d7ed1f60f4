"""Judges of what a model says about an image: their interface, and every judge by its name."""

from collections.abc import Mapping

from mmpeft.judges.judge import AnswerVerdict, CaptionVerdict, Judge
from mmpeft.judges.scene_graph import SceneGraphJudge

# The names are those of `mmpeft.study.capabilities.JUDGES`, which says what each can judge.
JUDGES: Mapping[str, Judge] = {"scene_graph": SceneGraphJudge()}

__all__ = ["JUDGES", "AnswerVerdict", "CaptionVerdict", "Judge"]
