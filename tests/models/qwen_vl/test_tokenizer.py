"""Against the package `tiktoken`, which the original uses."""

import random
import unicodedata

import pytest
import tiktoken
from transformers import AutoTokenizer

from mmpeft.models.chats import CHATS
from mmpeft.models.qwen_vl.tokenizer import (
    PATTERN,
    SPECIAL_TOKENS,
    build_tokenizer,
    check_vocabulary,
)
from models.qwen_vl.ranks import SIZE, TEXTS, train_ranks, write_ranks

CHAT = CHATS["chatml"]
SAMPLES = {
    "training text": TEXTS[0],
    "chat": CHAT.prompt("Why ?\nA.red, B.green", True) + CHAT.answer("It's red."),
    "digits": "1234567 8,901.23",
    "spaces": "  a   b \n\n  c\t\td \r\n e   ",
    "contractions": "IT'S they'Ve don't",
    "other scripts": "红色的圆形 и ещё кое-что ภาษาไทย 🟢🟥",
    "decomposed": unicodedata.normalize("NFD", "déjà vu, Zürich"),
    "special tokens": "<img></img><|im_start|>x<|extra_204|><ref>y</ref><|endoftext|>",
    "nothing": "",
}


@pytest.fixture(scope="module")
def rank_file(tmp_path_factory):
    return write_ranks(tmp_path_factory.mktemp("ranks") / "qwen.tiktoken")


@pytest.fixture(scope="module")
def ours(rank_file):
    return build_tokenizer(rank_file)


@pytest.fixture(scope="module")
def theirs():
    special = {token: SIZE + index for index, token in enumerate(SPECIAL_TOKENS)}
    pattern = PATTERN + r"|\s+"
    return tiktoken.Encoding(
        "qwen", pat_str=pattern, mergeable_ranks=train_ranks(), special_tokens=special
    )


def original(encoding, text):
    return encoding.encode(unicodedata.normalize("NFC", text), allowed_special="all")


@pytest.mark.parametrize("text", SAMPLES.values(), ids=SAMPLES)
def test_ids_and_text_are_those_of_tiktoken(ours, theirs, text):
    ids = ours(text)["input_ids"]
    assert ids == original(theirs, text)
    assert ours.decode(ids, clean_up_tokenization_spaces=False) == theirs.decode(ids)


def test_random_texts_as_well(ours, theirs):
    draw = random.Random(0)
    letters = "aAeé e\u0301ßzZ 0129'’.,;:!?-_()\n\r\t  红色🟢я<|im>imgstart_"
    for _ in range(300):
        text = "".join(draw.choices(letters, k=draw.randrange(1, 40)))
        assert ours(text)["input_ids"] == original(theirs, text), repr(text)


def test_special_tokens_follow_the_ranks_as_in_the_original():
    places = {token: 151_643 + index for index, token in enumerate(SPECIAL_TOKENS)}
    assert places["<|endoftext|>"] == 151_643
    assert (places["<|im_start|>"], places["<|im_end|>"]) == (151_644, 151_645)
    assert places["<|extra_0|>"] == 151_646
    assert (places["<ref>"], places["</quad>"]) == (151_851, 151_856)
    assert [places[token] for token in ("<img>", "</img>", "<imgpad>")] == [
        151_857,
        151_858,
        151_859,
    ]
    assert len(places) == len(SPECIAL_TOKENS)


def test_padding_and_end_are_those_of_fine_tuning(ours):
    assert (ours.pad_token, ours.eos_token) == ("<|endoftext|>", "<|im_end|>")
    assert ours(CHAT.answer("red"))["input_ids"][-1] == ours.eos_token_id


def test_it_is_the_same_when_read_again(ours, tmp_path):
    ours.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    for text in SAMPLES.values():
        assert again(text)["input_ids"] == ours(text)["input_ids"]
    assert again.padding_side == "left"


def test_another_vocabulary_is_refused(rank_file):
    with pytest.raises(ValueError, match="the vocabulary of Qwen-VL-Chat b2b1b8dfb5cc5f02"):
        check_vocabulary(rank_file)
