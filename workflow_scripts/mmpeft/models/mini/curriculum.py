"""Training conversations of the mini bases, drawn at random but reproducibly.

A conversation is an optional picture and several turns about it: as in LLaVA's instruction data, a
picture is encoded once and asked about many times, which is worth a factor of five in compute.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from PIL import Image

from mmpeft.datasets.mini import captions, covers, drawing, questions, text_skills
from mmpeft.datasets.mini.scene import Scene, choose, sample_scene
from mmpeft.datasets.mini.splits import in_split
from mmpeft.datasets.mini.text_skills import Turn
from mmpeft.datasets.prompts import CAPTION_PROMPTS, SHORT_ANSWER
from mmpeft.models.mini.recipe import Mixture

words_and_marks = re.compile(r"\w+|[^\w\s]").findall


@dataclass(frozen=True)
class Conversation:
    """Turns about one picture (or about none)."""

    image: Image.Image | None
    turns: tuple[Turn, ...]


def train_scene(rng: np.random.Generator) -> Scene:
    """A scene of the training split: validation and test scenes are never pre-trained on."""
    while True:
        scene = sample_scene(rng)
        if in_split(scene.graph(), "train"):
            return scene


def _caption_turn(scene: Scene, rng: np.random.Generator, rich: float) -> Turn:
    draw = rng.random()
    if draw < rich:
        text = captions.rich_caption(scene, rng)
    elif draw < rich + 0.15 * (1 - rich):
        text = choose(rng, captions.human_captions(scene, rng))
    else:
        text = captions.plain_caption(scene)
    return choose(rng, CAPTION_PROMPTS), text


def _word_turn(question: questions.Question, request: bool) -> Turn:
    return f"{question.text} {SHORT_ANSWER}" if request else question.text, question.answer


def _scene_turns(scene: Scene, rng: np.random.Generator, mixture: Mixture) -> Iterator[Turn]:
    if rng.random() < 0.5:
        yield _caption_turn(scene, rng, mixture.rich)
    request = (
        rng.random() < 0.5
    )  # like LLaVA's data, the answer format is often asked for just once
    while True:
        question = questions.ask({**questions.PERCEPTION, **questions.KNOWLEDGE}, scene, rng)
        if rng.random() >= mixture.multiple_choice:
            yield _word_turn(question, request)
        else:
            if rng.random() < mixture.repeat:
                yield _word_turn(question, request)
            choices = questions.options(question, rng)
            yield text_skills.letter_turn(question.text, question.answer, choices, rng)
        request = rng.random() < 0.1


def _cover_turns(cover: covers.Cover, rng: np.random.Generator) -> Iterator[Turn]:
    request = rng.random() < 0.5
    for question in covers.all_questions(cover, rng):
        yield _word_turn(question, request)
        request = False


def _text_turns(rng: np.random.Generator) -> Iterator[Turn]:
    while True:
        yield text_skills.text_turn(rng)


def _until(turns: Iterator[Turn], words: int) -> tuple[Turn, ...]:
    """Turns until they hold about `words` words: conversations of a length need little padding."""
    taken: list[Turn] = []
    length = 0
    for user, assistant in turns:
        length += 6 + len(words_and_marks(user)) + len(words_and_marks(assistant))
        if taken and length > words:
            break
        taken.append((user, assistant))
    return tuple(taken)


def draw_conversation(rng: np.random.Generator, mixture: Mixture) -> Conversation:
    """One conversation of the mixture."""
    weights = np.array([mixture.text, mixture.scene, mixture.cover])
    kind = ("text", "scene", "cover")[rng.choice(3, p=weights / weights.sum())]
    if kind == "text":
        return Conversation(None, _until(_text_turns(rng), mixture.words))
    if kind == "scene":
        scene = train_scene(rng)
        turns = _scene_turns(scene, rng, mixture)
        image = drawing.draw_photo(scene, rng)
    else:
        cover = covers.sample_cover(rng, "train")
        turns = chain(_cover_turns(cover, rng), _text_turns(rng))
        image = covers.draw(cover, rng)
    return Conversation(image, _until(turns, mixture.words))
