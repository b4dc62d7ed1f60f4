"""How long VQA answers take to score: as many as VQAv2 has in its validation split.

Questions are made up, in proportions like those of VQAv2: most are answered with few words, people
disagree on most, and there is a long tail of answers that occur once.
"""

import argparse
import random
import time

import checkout  # noqa: F401 - the package on the path
from reporting import Table

from mmpeft.metrics import vqa_text
from mmpeft.metrics.vqa import corpus_score

QUESTIONS = 214_354
FREQUENT = ("yes", "no", "2", "two", "white", "a dog", "the left", "don't know", "Black.", "1,000")
COMMON, RARE = 3_000, 60_000


def made_up(questions: int) -> tuple[list[list[str]], list[str]]:
    """Ten answers for each question, and a prediction."""
    rng = random.Random(0)
    common = [f"thing {number}" for number in range(COMMON)]
    rare = [f"the long/rare thing no. {number}" for number in range(RARE)]
    answers = []
    for _ in range(questions):
        kinds = rng.choices((FREQUENT, common, rare), weights=(6, 3, 1), k=3)
        people = rng.choices([rng.choice(kind) for kind in kinds], weights=(7, 2, 1), k=10)
        answers.append(people)
    return answers, [rng.choice(people) for people in answers]


def main() -> None:
    """Print CPU seconds of both variants."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="how many to score")
    questions = parser.parse_args().questions
    answers, predictions = made_up(questions)
    table = Table("preprocessing", "answers", "CPU (s)", "score")
    for preprocess in ("none", "evalai"):
        # Each variant starts with nothing remembered.
        vqa_text.normalise.cache_clear()
        vqa_text.evalai.cache_clear()
        begun = time.process_time()
        value = corpus_score(answers, predictions, preprocess=preprocess)
        seconds = time.process_time() - begun
        table.add(preprocess, questions, seconds, value)


if __name__ == "__main__":
    main()
