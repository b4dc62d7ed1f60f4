"""The exact judge of the mini world: what is said of an image is compared with its scene graph.

Captions are judged by what they name: objects, their colours and their numbers. Where an object is,
how big it is and what it is next to names nothing that is not there, and is not judged.

Answers are graded on the scale of MMHal-Bench by this rubric:

| grade | the answer says                              | and makes up |
|-------|----------------------------------------------|--------------|
| 6     | all that is asked, and more that is true     | nothing      |
| 5     | all that is asked                            | nothing      |
| 4     | part of it (of a whole picture)              | nothing      |
| 3     | nothing of it ("unanswerable", no answer)    | nothing      |
| 2     | all that is asked                            | something    |
| 1     | part of it                                   | something    |
| 0     | nothing of it                                | something    |

Made up is every object, colour and number that the scene graph contradicts, and a wrong answer. An
answer that names no object is read as being about what was asked. To a question about something
that is not there, all that is asked is to say so: "unanswerable", "no", "there is no star".
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mmpeft.datasets.mini.scene import Scene, Thing, read_scene
from mmpeft.datasets.mini.text_skills import UNANSWERABLE
from mmpeft.judges.judge import AnswerVerdict, CaptionVerdict, Row
from mmpeft.judges.mentions import Mention, mentions


class SceneGraphJudge:
    """Judges rows whose `meta` holds a scene graph, and for answers what was asked."""

    name = "scene_graph"

    def captions(self, captions: Sequence[str], rows: Sequence[Row]) -> list[CaptionVerdict]:
        return [_judge_caption(text, row) for text, row in zip(captions, rows, strict=True)]

    def answers(self, answers: Sequence[str], rows: Sequence[Row]) -> list[AnswerVerdict]:
        return [_grade(text, row) for text, row in zip(answers, rows, strict=True)]


def _judge_caption(caption: str, row: Row) -> CaptionVerdict:
    scene = read_scene(json.loads(row["meta"])["scene"])
    said = mentions(caption)
    return CaptionVerdict(
        names_something=any(m.noun is not None or m.colour is not None for m in said),
        hallucinated=_words(untrue(said, scene)),
    )


def untrue(said: Sequence[Mention], scene: Scene) -> list[Mention]:
    """Those of the mentions that name what is not in the scene.

    "two stars" must be their exact number and "the star" must exist. "a star" is a further object
    each time: what is named in this way must fit, one to one, to objects of the scene.
    """
    found = []
    partners: dict[Thing, Mention] = {}
    for mention in said:
        number = scene.count(shape=mention.shape, colour=mention.colour)
        if mention.is_elsewhere:
            true = False
        elif mention.noun is None:
            true = mention.colour is None or number > 0
        elif mention.number is not None:
            true = number == mention.number
        elif mention.definite:
            true = number > 0
        else:
            true = _find_partner(mention, scene, partners, set())
        if not true:
            found.append(mention)
    return found


def _fits(mention: Mention, thing: Thing) -> bool:
    return mention.shape in (None, thing.shape) and mention.colour in (None, thing.colour)


def _find_partner(
    mention: Mention, scene: Scene, partners: dict[Thing, Mention], tried: set[Thing]
) -> bool:
    """Give the mention an object of its own, where need be by giving others another one (Kuhn)."""
    for thing in scene.things:
        if thing in tried or not _fits(mention, thing):
            continue
        tried.add(thing)
        if thing not in partners or _find_partner(partners[thing], scene, partners, tried):
            partners[thing] = mention
            return True
    return False


def _grade(answer: str, row: Row) -> AnswerVerdict:
    meta = json.loads(row["meta"])
    scene, asked = read_scene(meta["scene"]), meta["asked"]
    said = mentions(answer)
    objects = [m for m in said if m.noun is not None]
    if asked["attribute"] == "knowledge":
        objects = [m for m in objects if not m.is_elsewhere]
    false = untrue([m for m in said if m.noun is None or m in objects], scene)
    if asked["attribute"] == "scene":
        share, more = _described(objects, false, scene)
        wrong: list[str] = []
    else:
        values = _answered(said, objects, asked)
        refused = UNANSWERABLE in answer.lower() or _denies(said, asked)
        right = refused if asked["value"] is None else asked["value"] in values
        wrong = [str(value) for value in values if value != asked["value"]]
        bearing = [m for m in objects if _is_about(m, asked, objects)]
        more = any(m not in false and m not in bearing for m in objects)
        share = 1.0 if right else 0.0
    hallucinated = tuple(dict.fromkeys((*wrong, *_words(false))))
    informative = 2 if share == 1 else 1 if share > 0 else 0
    if hallucinated:
        return AnswerVerdict(grade=informative, hallucinated=hallucinated)
    return AnswerVerdict(grade=3 + informative + (informative == 2 and more), hallucinated=())


def _described(
    objects: Sequence[Mention], false: Sequence[Mention], scene: Scene
) -> tuple[float, bool]:
    """How much of a scene is told, and whether every object is placed, and placed rightly.

    An object is told of by its shape with its colour; where none is, anything true counts half.
    """
    true = [m for m in objects if m not in false and m.number != 0]
    told: Counter[tuple[str, str]] = Counter()
    for mention in (m for m in true if _is_full(m)):
        kind = (mention.shape, mention.colour)
        again = mention.definite and told[kind]
        told[kind] += 0 if again else mention.number or 1
    there = Counter((thing.shape, thing.colour) for thing in scene.things)
    share = sum(min(number, told[kind]) for kind, number in there.items()) / len(scene.things)
    placed = all(
        any(_is_full(m) and _fits(m, thing) and m.position == thing.position for m in true)
        for thing in scene.things
    )
    return share or (0.5 if true else 0.0), placed


def _is_full(mention: Mention) -> bool:
    return mention.shape is not None and mention.colour is not None


def _is_about(mention: Mention, asked: Mapping[str, Any], objects: Sequence[Mention]) -> bool:
    """Whether an object of the answer is the one that the question is about.

    A question names what it is about; where it asks which object it is, the only one named is it.
    """
    if asked["attribute"] == "number":
        exactly = mention.shape == asked.get("shape") and mention.colour == asked.get("colour")
        return exactly and not mention.is_elsewhere
    if asked["attribute"] == "shape":
        colour = asked.get("colour", mention.colour)
        if len(objects) == 1:
            return mention.colour in (None, colour)
        return "colour" in asked and mention.colour == colour
    return "shape" in asked and mention.shape == asked["shape"]


def _answered(
    said: Sequence[Mention], objects: Sequence[Mention], asked: Mapping[str, Any]
) -> list[Any]:
    """The values that an answer gives to what was asked."""
    attribute = asked["attribute"]
    if attribute == "knowledge":
        return [m.noun for m in said if m.is_elsewhere]
    speaking = [m for m in objects if _is_about(m, asked, objects)] if objects else said
    values = [getattr(m, attribute) for m in speaking]
    return [value for value in dict.fromkeys(values) if value is not None]


def _denies(said: Sequence[Mention], asked: Mapping[str, Any]) -> bool:
    """Whether a lone "no", or "no star", is among the mentions."""
    return any(m.number == 0 and m.noun in (None, asked.get("shape")) for m in said)


def _words(found: Sequence[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.words for m in found))
