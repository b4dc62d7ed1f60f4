"""What a mini base can do: accuracy per skill on held-out single-turn questions."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch

from mmpeft.datasets.mini import covers, drawing, questions, text_skills
from mmpeft.datasets.mini.scene import Scene, sample_scene
from mmpeft.datasets.mini.splits import in_split
from mmpeft.datasets.prompts import SHORT_ANSWER
from mmpeft.models.mini.curriculum import Conversation

SKILL_ITEMS = 100  # per skill: a standard error of five points at worst


def _held_out_scenes(rng: np.random.Generator) -> Iterator[Scene]:
    while True:
        scene = sample_scene(rng)
        if in_split(scene.graph(), "validation"):
            yield scene


def _scene_items(
    generator: Callable[[Scene, np.random.Generator], questions.Question | None],
    form: str,
    rng: np.random.Generator,
) -> Iterator[Conversation]:
    for scene in _held_out_scenes(rng):
        question = generator(scene, rng)
        if question is None:
            continue
        turn = (f"{question.text} {SHORT_ANSWER}", question.answer)
        if form == "letter":
            choices = questions.options(question, rng)
            turn = text_skills.letter_turn(question.text, question.answer, choices, rng)
        yield Conversation(drawing.draw_photo(scene, rng), ((turn,),))


def _cover_items(kind: str, rng: np.random.Generator) -> Iterator[Conversation]:
    while True:
        cover = covers.sample_cover(rng, "validation")
        question = next(q for q in covers.all_questions(cover, rng) if q.kind == kind)
        turn = (f"{question.text} {SHORT_ANSWER}", question.answer)
        yield Conversation(covers.draw(cover, rng), ((turn,),))


def _text_items(
    exercise: Callable[[np.random.Generator], text_skills.Turn], rng: np.random.Generator
) -> Iterator[Conversation]:
    while True:
        yield Conversation(None, ((exercise(rng),),))


def skill_items(number: int = SKILL_ITEMS) -> dict[str, list[Conversation]]:
    """`number` held-out questions per skill: `<kind>/word`, `<kind>/letter`, `text/<exercise>`."""
    rng = np.random.default_rng(20241121)
    streams: dict[str, Iterator[Conversation]] = {}
    for kind, generator in {**questions.PERCEPTION, **questions.KNOWLEDGE}.items():
        for form in ("word", "letter"):
            streams[f"{kind}/{form}"] = _scene_items(generator, form, rng)
    for kind in ("title", "volume", "genre"):
        streams[f"{kind}/word"] = _cover_items(kind, rng)
    for name, exercise in text_skills.EXERCISES.items():
        streams[f"text/{name}"] = _text_items(exercise, rng)
    return {name: [next(stream) for _ in range(number)] for name, stream in streams.items()}


@torch.inference_mode()
def skill_accuracies(
    model, encode, items: Mapping[str, Sequence[Conversation]]
) -> dict[str, float]:
    """Percent of items per skill whose whole answer has the highest probability at every token.

    `encode` is a `ConversationEncoder`. Teacher-forced: an answer of two words counts only if both
    are right given the first.
    """
    was_training = model.training
    model.eval()
    accuracies = {}
    for name, conversations in items.items():
        batch = encode(conversations)
        labels = batch.pop("labels")[:, 1:]
        predicted = model(**batch).logits[:, :-1].argmax(-1)
        right = ((predicted == labels) | (labels < 0)).all(dim=1)
        accuracies[name] = round(100 * right.float().mean().item(), 1)
    model.train(was_training)
    return accuracies
