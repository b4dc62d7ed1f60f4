"""Book covers for mini-OCRVQA: a printed title, a handwritten volume number, a coloured cover.

The handwriting is real: scikit-learn's bundled 8 x 8 digits (E. Alpaydin, C. Kaynak, UCI, 1998).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from mmpeft.datasets.mini import drawing
from mmpeft.datasets.mini.questions import Question
from mmpeft.datasets.mini.scene import COLOURS, choose
from mmpeft.datasets.mini.splits import in_split

TITLES = ("ocean", "night", "music", "storm", "king", "road", "garden", "moon")
VOLUMES = tuple(str(n) for n in range(10))
GENRES = dict(
    zip(COLOURS, ("romance", "travel", "science", "cooking", "mystery", "history"), strict=True)
)


@dataclass(frozen=True)
class Cover:
    """A cover; `digit` is the index of the handwritten digit in scikit-learn's set."""

    title: str
    colour: str
    digit: int
    volume: str


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 8, 8) with levels 0..16, and labels (1797,)."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.images, data.target


def sample_cover(rng: np.random.Generator, split: str) -> Cover:
    """A cover whose handwritten digit belongs to `split`: no two splits share a digit image."""
    _, labels = _digits()
    while True:
        digit = int(rng.integers(len(labels)))
        if in_split(["digit", digit], split):
            break
    return Cover(choose(rng, TITLES), choose(rng, COLOURS), digit, str(labels[digit]))


def draw(cover: Cover, rng: np.random.Generator) -> Image.Image:
    """Draw a cover."""
    return drawing.draw_cover(cover.title, _digits()[0][cover.digit], cover.colour, rng)


def all_questions(cover: Cover, rng: np.random.Generator) -> list[Question]:
    """What can be asked about a cover, in random order."""
    asked = [
        Question("title", "what is the title of this book?", cover.title, TITLES),
        Question("volume", "which volume is this book?", cover.volume, VOLUMES),
        Question(
            "genre", "what is the genre of this book?", GENRES[cover.colour], tuple(GENRES.values())
        ),
    ]
    return [asked[i] for i in rng.permutation(len(asked))]
