"""Ten simulated annotators per question, as noisy as their originals."""

import numpy as np

from mmpeft.datasets.mini.scene import other


def ten_answers(
    answer: str, pool: tuple[str, ...], rng: np.random.Generator, agreement: float
) -> list[str]:
    """Ten answers: the first is right, each other one with probability `agreement`.

    The right answer is always given at least four times, so that it scores full marks.
    """
    wrong = tuple(w for w in pool if w != answer) or (answer,)
    answers = [answer if rng.random() < agreement else other(rng, wrong) for _ in range(10)]
    answers[:4] = [answer] * 4
    return answers


def five_doubled(
    answer: str, pool: tuple[str, ...], rng: np.random.Generator, agreement: float
) -> list[str]:
    """OK-VQA's format: five annotators whose answers are each counted twice."""
    wrong = tuple(w for w in pool if w != answer) or (answer,)
    answers = [answer if rng.random() < agreement else other(rng, wrong) for _ in range(5)]
    answers[:2] = [answer] * 2
    return [a for a in answers for _ in range(2)]
