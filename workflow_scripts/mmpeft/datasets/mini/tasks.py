"""The mini datasets: one function each, from a random generator to a sample of a split."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mmpeft.datasets.mini import captions, covers, drawing, mmhal, questions, text_skills
from mmpeft.datasets.mini.annotators import five_doubled, ten_answers
from mmpeft.datasets.mini.questions import Question
from mmpeft.datasets.mini.scene import SHAPES, Scene, choose, other, sample_scene
from mmpeft.datasets.mini.splits import in_split

Sample = dict[str, Any]  # a canonical row without `id` and `split`


def _scene(rng: np.random.Generator, split: str, counts=(1, 2, 3, 4)) -> Scene:
    while True:
        scene = sample_scene(rng, counts)
        if in_split(scene.graph(), split):
            return scene


def _sample(
    *,
    question: str,
    kind: str,
    image=None,
    scene: Scene | None = None,
    context: str = "",
    choices=(),
    answers=(),
    references=(),
    **meta: Any,
) -> Sample:
    graph = {} if scene is None else {"scene": scene.graph()}
    return {
        "image": None if image is None else drawing.encode(image),
        "context": context,
        "question": question,
        "choices": list(choices),
        "answers": list(answers),
        "references": list(references),
        "meta": {"kind": kind, **graph, **meta},
    }


def vqav2(rng: np.random.Generator, split: str) -> Sample:
    """Questions about what is in a photo; ten annotators."""
    scene = _scene(rng, split)
    asked = questions.ask(questions.PERCEPTION, scene, rng)
    return _sample(
        question=asked.text,
        kind=asked.kind,
        image=drawing.draw_photo(scene, rng),
        scene=scene,
        answers=ten_answers(asked.answer, asked.pool, rng, agreement=0.85),
    )


def okvqa(rng: np.random.Generator, split: str) -> Sample:
    """Questions that need knowledge beside the photo; five annotators, counted twice."""
    scene = _scene(rng, split)
    asked = questions.ask(questions.KNOWLEDGE, scene, rng)
    return _sample(
        question=asked.text,
        kind=asked.kind,
        image=drawing.draw_photo(scene, rng),
        scene=scene,
        answers=five_doubled(asked.answer, asked.pool, rng, agreement=0.7),
    )


def ocrvqa(rng: np.random.Generator, split: str) -> Sample:
    """Title, handwritten volume number or genre of a book cover."""
    cover = covers.sample_cover(rng, split)
    asked = choose(rng, covers.all_questions(cover, rng))
    return _sample(
        question=asked.text, kind=asked.kind, image=covers.draw(cover, rng), answers=[asked.answer],
        title=cover.title, colour=cover.colour, digit=cover.digit,
    )  # fmt: skip


def vizwiz(rng: np.random.Generator, split: str) -> Sample:
    """Degraded photos; some questions cannot be answered from them.

    A question is unanswerable when it asks for a shape that is not in the picture, or when the
    picture is spoilt (almost black). Ten annotators, of whom some give up on a bad but answerable
    picture.
    """
    scene = _scene(rng, split, counts=(1, 2, 3))
    kinds = {k: questions.PERCEPTION[k] for k in ("color", "shape_at", "color_at", "count")}
    asked = questions.ask(kinds, scene, rng)
    severity = float(rng.uniform(0.2, 0.7))
    fault = rng.random()
    if fault < 0.2:
        severity = 1.0
        asked = Question("spoilt", asked.text, text_skills.UNANSWERABLE, asked.pool)
    elif fault < 0.4:
        absent = other(rng, SHAPES, *(t.shape for t in scene.things))
        text = f"what color is the {absent}?"
        asked = Question("absent", text, text_skills.UNANSWERABLE, questions.COLOURS)
    image = drawing.degrade(drawing.draw_photo(scene, rng), rng, severity)
    if asked.kind == "spoilt":
        image = image.point(lambda value: value // 6)
    return _sample(
        question=asked.text,
        kind=asked.kind,
        image=image,
        scene=scene,
        answers=ten_answers(asked.answer, (*asked.pool, text_skills.UNANSWERABLE), rng, 0.75),
        severity=round(severity, 3),
    )


def _beside(scene: Scene, rng: np.random.Generator) -> Question | None:
    """A relation, asked for in an attribute of the other object."""
    pairs = [(a, r, b) for a, r, b in scene.neighbours() if scene.count(shape=b.shape) == 1]
    if not pairs:
        return None
    a, relation, b = choose(rng, pairs)
    text = f"what color is the object {relation} the {b.shape}?"
    return Question("neighbor_color", text, a.colour, questions.COLOURS)


def _absent_shape(scene: Scene, rng: np.random.Generator) -> Question:
    """Which of these is (not) in the picture?"""
    present = choose(rng, scene.things).shape
    absent = tuple(s for s in SHAPES if scene.count(shape=s) == 0)
    return Question(
        "which_present", "which of these is in the picture?", present, (present, *absent)
    )


_DIAGRAM_QUESTIONS = {
    "neighbor_color": _beside,
    "which_present": _absent_shape,
    "shape_at": questions.shape_at,
    "color": questions.colour_of_shape,
    "count_shape": questions.count_shape,
    "fruit": questions.fruit,
}


def scienceqa(rng: np.random.Generator, split: str) -> Sample:
    """Multiple choice over diagrams (60 %) or over a text alone (40 %); the answer is a letter."""
    if rng.random() < 0.4:
        return _text_scienceqa(rng, split)
    scene = _scene(rng, split)
    asked = questions.ask(_DIAGRAM_QUESTIONS, scene, rng)
    return _sample(
        question=asked.text,
        kind=asked.kind,
        image=drawing.draw_diagram(scene, rng),
        scene=scene,
        choices=questions.options(asked, rng),
        answers=[asked.answer],
    )


def _text_scienceqa(rng: np.random.Generator, split: str) -> Sample:
    while True:
        story, names, qualities = text_skills.draw_facts(rng)
        if in_split([names, qualities], split):
            break
    k = int(rng.integers(len(names)))
    return _sample(
        question=f"what is {qualities[k]}?",
        kind="text",
        context=f"Context: {story} Question:",
        choices=[names[i] for i in rng.permutation(len(names))],
        answers=[names[k]],
    )


def iconqa_txt(rng: np.random.Generator, split: str) -> Sample:
    """Choose the text of an option about a drawing of icons."""
    scene = _scene(rng, split, counts=(2, 3, 4))
    kinds = {
        "most": _most,
        "count_shape": questions.count_shape,
        "neighbor": questions.neighbour,
        "color": questions.colour_of_shape,
        "position": questions.position_of,
    }
    asked = questions.ask(kinds, scene, rng)
    return _sample(
        question=asked.text,
        kind=asked.kind,
        image=drawing.draw_icons(scene, rng),
        scene=scene,
        choices=questions.options(asked, rng),
        answers=[asked.answer],
    )


def _most(scene: Scene, rng: np.random.Generator) -> Question | None:
    counts = {s: scene.count(shape=s) for s in SHAPES}
    best = max(counts.values())
    winners = [s for s, n in counts.items() if n == best]
    if len(winners) > 1:
        return None
    return Question("most", "which shape is there most often?", winners[0], SHAPES)


def iconqa_blank(rng: np.random.Generator, split: str) -> Sample:
    """Fill the number or word into a sentence about a drawing of icons."""
    scene = _scene(rng, split, counts=(2, 3, 4))
    thing = choose(rng, scene.things)
    plural = questions.PLURALS[thing.shape]
    blanks = [
        ("count_shape", f"the number of {plural} is _ .", str(scene.count(shape=thing.shape))),
        ("count_color", f"the number of {thing.colour} objects is _ .",
         str(scene.count(colour=thing.colour))),
        ("shape_at", f"in the {thing.position} there is a _ .", thing.shape),
        ("color_at", f"the object in the {thing.position} is _ .", thing.colour),
    ]  # fmt: skip
    if scene.count(shape=thing.shape) == 1:
        blanks.append(("color", f"the color of the {thing.shape} is _ .", thing.colour))
    kind, text, answer = choose(rng, blanks)
    return _sample(
        question=text,
        kind=kind,
        image=drawing.draw_icons(scene, rng),
        scene=scene,
        answers=[answer],
    )


def flickr30k(rng: np.random.Generator, split: str) -> Sample:
    """Photos with five human-like captions."""
    scene = _scene(rng, split)
    return _sample(
        question="",
        kind="caption",
        image=drawing.draw_photo(scene, rng),
        scene=scene,
        references=captions.human_captions(scene, rng),
    )


def mmhal_bench(rng: np.random.Generator, split: str, index: int) -> Sample:
    """Photos with questions that invite hallucination; the eight types take turns."""
    kind = mmhal.TYPES[index % len(mmhal.TYPES)]
    asked = None
    while asked is None:
        scene = _scene(rng, split)
        asked = mmhal.ASK[kind](scene, rng)
    return _sample(
        question=asked.text,
        kind=kind,
        image=drawing.draw_photo(scene, rng),
        scene=scene,
        answers=[asked.answer],
        asked=asked.fact,
    )


TASKS: Mapping[str, Callable[[np.random.Generator, str], Sample]] = {
    "mini-scienceqa": scienceqa,
    "mini-vizwiz": vizwiz,
    "mini-iconqa-txt": iconqa_txt,
    "mini-iconqa-blank": iconqa_blank,
    "mini-flickr30k": flickr30k,
    "mini-okvqa": okvqa,
    "mini-ocrvqa": ocrvqa,
    "mini-vqav2": vqav2,
}
# The type of these rows follows from their index, so that each is asked equally often.
TASKS_IN_TURN: Mapping[str, Callable[[np.random.Generator, str, int], Sample]] = {
    "mini-mmhal": mmhal_bench,
}
