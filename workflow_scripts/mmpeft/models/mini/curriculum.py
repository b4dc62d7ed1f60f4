"""Training conversations of the mini bases, drawn at random but reproducibly.

A conversation is an optional picture and several exchanges about it: as in LLaVA's instruction
data, a picture is encoded once and asked about many times. Exchanges do not see each other, so each
is a question of its own, as in fine-tuning.
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


Exchange = tuple[Turn, ...]


@dataclass(frozen=True)
class Conversation:
    """Exchanges about one picture (or about none); an exchange is one turn or two."""

    image: Image.Image | None
    exchanges: tuple[Exchange, ...]


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


def _word_turn(question: questions.Question, rng: np.random.Generator) -> Turn:
    """A question to answer in words; the request to do so is long, and spelt out in a third."""
    request = f" {SHORT_ANSWER}" if rng.random() < 0.3 else ""
    return question.text + request, question.answer


def _scene_exchanges(
    scene: Scene, rng: np.random.Generator, mixture: Mixture
) -> Iterator[Exchange]:
    if rng.random() < 0.5:
        yield (_caption_turn(scene, rng, mixture.rich),)
    while True:
        question = questions.ask({**questions.PERCEPTION, **questions.KNOWLEDGE}, scene, rng)
        in_words = _word_turn(question, rng)
        if rng.random() >= mixture.multiple_choice:
            yield (in_words,)
            continue
        choices = questions.options(question, rng)
        letter = text_skills.letter_turn(question.text, question.answer, choices, rng)
        yield (in_words, letter) if rng.random() < mixture.repeat else (letter,)


def _cover_exchanges(cover: covers.Cover, rng: np.random.Generator) -> Iterator[Exchange]:
    for question in covers.all_questions(cover, rng):
        yield (_word_turn(question, rng),)


def _text_exchanges(rng: np.random.Generator, mixture: Mixture) -> Iterator[Exchange]:
    while True:
        yield (text_skills.text_turn(rng, mixture.exercises),)


def _until(exchanges: Iterator[Exchange], words: int) -> tuple[Exchange, ...]:
    """Exchanges until they hold about `words` words: equal lengths need little padding."""
    taken: list[Exchange] = []
    length = 0
    for exchange in exchanges:
        length += sum(4 + len(words_and_marks(f"{user} {answer}")) for user, answer in exchange)
        if taken and length > words:
            break
        taken.append(exchange)
    return tuple(taken)


def draw_conversation(rng: np.random.Generator, mixture: Mixture) -> Conversation:
    """One conversation of the mixture."""
    weights = np.array([mixture.text, mixture.scene, mixture.cover])
    kind = ("text", "scene", "cover")[rng.choice(3, p=weights / weights.sum())]
    if kind == "text":
        return Conversation(None, _until(_text_exchanges(rng, mixture), mixture.words))
    if kind == "scene":
        scene = train_scene(rng)
        exchanges = _scene_exchanges(scene, rng, mixture)
        image = drawing.draw_photo(scene, rng)
    else:
        cover = covers.sample_cover(rng, "train")
        exchanges = chain(_cover_exchanges(cover, rng), _text_exchanges(rng, mixture))
        image = covers.draw(cover, rng)
    return Conversation(image, _until(exchanges, mixture.words))
