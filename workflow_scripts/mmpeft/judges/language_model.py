"""A judge that lets a language model grade answers by a rubric."""

import json
from collections.abc import Sequence
from typing import Any

from mmpeft.datasets.mini.scene import read_scene
from mmpeft.judges.endpoint import Endpoint
from mmpeft.judges.judge import AnswerVerdict, Row
from mmpeft.judges.rubric import grade_in, question_for_judge


class LanguageModelJudge:
    """Grades answers to rows whose `meta` says what is in the image.

    `meta.image_content` lists the objects that people have marked; rows of the mini world have a
    scene graph in its place.
    """

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self._endpoint = endpoint
        self._asked = self._kept = 0
        self._models: set[str] = set()

    def answers(self, answers: Sequence[str], rows: Sequence[Row]) -> list[AnswerVerdict]:
        """Raises EndpointError if an answer stays without a reply."""
        answered = self._endpoint.ask(
            [
                question_for_judge(
                    objects=image_content(row),
                    question=row["question"],
                    reference=row["answers"][0],
                    answer=answer,
                )
                for answer, row in zip(answers, rows, strict=True)
            ]
        )
        self._asked += answered.asked
        self._kept += answered.kept
        self._models |= {reply.model for reply in answered.replies if reply.model is not None}
        return [
            AnswerVerdict(grade=grade_in(reply.text), reply=reply.text)
            for reply in answered.replies
        ]

    def account(self) -> dict[str, Any]:
        """What the judgements took so far.

        asked, kept: distinct requests that were sent, and that replies kept earlier have answered.
        models: what the server calls the model that replied.
        """
        return {"asked": self._asked, "kept": self._kept, "models": sorted(self._models)}


def image_content(row: Row) -> list[str]:
    """What is in the image of a row. Raises KeyError if its `meta` does not say so."""
    meta = json.loads(row["meta"])
    if "image_content" in meta:
        return meta["image_content"]
    things = read_scene(meta["scene"]).things
    return [f"{thing.size} {thing.colour} {thing.shape}, {thing.position}" for thing in things]
