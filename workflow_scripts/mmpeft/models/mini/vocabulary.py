"""The words of the mini world, collected from what its generators say."""

import numpy as np

from mmpeft.datasets.mini import text_skills
from mmpeft.datasets.mini.captions import human_captions
from mmpeft.datasets.prompts import CAPTION_PROMPTS, SHORT_ANSWER
from mmpeft.models.mini.curriculum import draw_conversation, train_scene
from mmpeft.models.mini.recipe import EXERCISES, Mixture
from mmpeft.models.mini.tokenizer import words_of

_EVERYTHING = Mixture(
    text=1,
    scene=1,
    cover=0.3,
    exercises=EXERCISES,
    words=150,
    multiple_choice=0.4,
    rich=0.4,
    repeat=0.1,
)
# Enough to meet every word many times; a test checks all datasets for unknown words. Captions as
# people write them are rare in conversations, so they are drawn apart.
_CONVERSATIONS, _CAPTIONED_SCENES = 1500, 200
_TEMPLATES = (
    "USER: ASSISTANT: system You are a helpful assistant. user assistant Picture 1: ",
    'Question: Context: When the information is insufficient, respond with "Unanswerable".',
)


def vocabulary() -> list[str]:
    """All words and punctuation marks, sorted."""
    rng = np.random.default_rng(0)
    spoken = [
        text
        for _ in range(_CONVERSATIONS)
        for exchange in draw_conversation(rng, _EVERYTHING).exchanges
        for turn in exchange
        for text in turn
    ]
    captions = [
        text for _ in range(_CAPTIONED_SCENES) for text in human_captions(train_scene(rng), rng)
    ]
    requests = (
        text_skills.LETTER_REQUEST,
        text_skills.CHOICE_REQUEST,
        text_skills.CLOZE_REQUEST,
        SHORT_ANSWER,
        *CAPTION_PROMPTS,
    )
    return words_of([*spoken, *captions, *_TEMPLATES, *requests, " ".join(map(str, range(10)))])
