"""Sentences about a scene: captions for pre-training, and five human-like ones (mini-Flickr30k)."""

from collections import Counter

import numpy as np

from mmpeft.datasets.mini.questions import NUMBER_WORDS, PLURALS
from mmpeft.datasets.mini.scene import Scene, Thing, choose


def _noun(thing: Thing) -> str:
    article = "an" if thing.colour == "orange" else "a"
    return f"{article} {thing.colour} {thing.shape}"


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def plain_caption(scene: Scene) -> str:
    """Every object with its quadrant, in reading order: the web caption of pre-training."""
    return _join([f"{_noun(t)} in the {t.position}" for t in scene.things])


def rich_caption(scene: Scene, rng: np.random.Generator) -> str:
    """The plain caption with number, sizes and one relation: what ShareGPT4V adds."""
    number = NUMBER_WORDS[len(scene.things)]
    objects = _join([f"a {t.size} {t.colour} {t.shape} in the {t.position}" for t in scene.things])
    plural = len(scene.things) > 1
    text = f"there {'are' if plural else 'is'} {number} object{'s' if plural else ''}: {objects}."
    pairs = scene.neighbours()
    if pairs:
        a, relation, b = choose(rng, pairs)
        text += f" the {a.colour} {a.shape} is {relation} the {b.colour} {b.shape}."
    return text


def _tally(scene: Scene) -> str:
    counts = Counter(t.shape for t in scene.things)
    return _join([f"{NUMBER_WORDS[n]} {s if n == 1 else PLURALS[s]}" for s, n in counts.items()])


def _pair(scene: Scene, rng: np.random.Generator) -> str:
    pairs = scene.neighbours()
    if not pairs:
        return f"{_noun(scene.things[0])} sits in the {scene.things[0].position}"
    a, relation, b = choose(rng, pairs)
    verb = {"above": "sits above", "below": "sits below"}.get(relation, "sits next to")
    return f"{_noun(a)} {verb} {_noun(b)}"


def human_captions(scene: Scene, rng: np.random.Generator) -> list[str]:
    """Five references: tally, pair, list, and two that mix them, as five people would."""
    things = [scene.things[i] for i in rng.permutation(len(scene.things))]
    first = things[0]
    size = Counter(t.size for t in scene.things).most_common(1)[0][0]
    return [
        f"{_tally(scene)} on a plain wall",
        _pair(scene, rng),
        f"a picture of {_join([_noun(t) for t in scene.things])}",
        f"{_tally(scene)}, one of them {first.colour}",
        f"{_join([_noun(t) for t in things])}, mostly {size}",
    ]
