from dataclasses import replace

import numpy as np

from mmpeft.datasets.mini.splits import in_split
from mmpeft.models.mini.curriculum import draw_conversation, train_scene, words_and_marks
from mmpeft.models.mini.recipe import FOUNDATION, INSTRUCTION, RECIPES, RICH_INSTRUCTION
from mmpeft.models.mini.stage_data import stage_data


def _conversations(mixture, number=60):
    return [draw_conversation(np.random.default_rng([7, i]), mixture) for i in range(number)]


def test_conversations_keep_their_length():
    for conversation in _conversations(FOUNDATION):
        turns = [turn for exchange in conversation.exchanges for turn in exchange]
        words = sum(4 + len(words_and_marks(f"{user} {answer}")) for user, answer in turns)
        assert words <= FOUNDATION.words or len(conversation.exchanges) == 1


def test_pictures_come_with_scenes_and_covers_only():
    texts = _conversations(replace(FOUNDATION, scene=0, cover=0), 10)
    scenes = _conversations(replace(FOUNDATION, text=0, cover=0), 10)
    assert all(c.image is None for c in texts)
    assert all(c.image is not None for c in scenes)


def test_only_training_scenes_are_met():
    rng = np.random.default_rng(3)
    assert all(in_split(train_scene(rng).graph(), "train") for _ in range(100))


def test_rich_captions_are_longer():
    def words(mixture):
        captions = [
            c.exchanges[0][0][1] for c in _conversations(replace(mixture, text=0, cover=0), 80)
            if len(c.exchanges[0][0][1].split()) > 4
        ]  # fmt: skip
        return np.mean([len(caption.split()) for caption in captions])

    assert words(RICH_INSTRUCTION) > 1.2 * words(INSTRUCTION)


def test_items_of_a_stage_are_drawn_by_their_index():
    data = stage_data(RECIPES["mini-llava-7b"].stages[0])
    assert data[11].exchanges == data[11].exchanges
    assert data[11].exchanges != data[12].exchanges
    seen = stage_data(RECIPES["mini-llava-7b"].stages[1])
    assert [seen[i][0] for i in range(3)] == ["mini-okvqa", "mini-vqav2", "mini-ocrvqa"]
