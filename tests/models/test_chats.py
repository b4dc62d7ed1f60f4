import pytest

import tiny_models
from mmpeft.models.chats import CHATS, Chat, chat_of


def test_chats_and_answers_as_the_models_were_trained_with():
    vicuna, plain, chatml = CHATS["vicuna_v1"], CHATS["plain"], CHATS["chatml"]
    system = (
        "A chat between a curious user and an artificial intelligence assistant. "
        "The assistant gives helpful, detailed, and polite answers to the user's questions. "
    )
    assert vicuna.prompt("Why ?", True) == f"{system}USER: <image>\nWhy ? ASSISTANT:"
    assert vicuna.prompt("Why ?", False) == f"{system}USER: Why ? ASSISTANT:"
    assert vicuna.answer("so") == plain.answer("so") == " so</s>"
    assert plain.prompt("Why ?", True) == "USER: <image>\nWhy ? ASSISTANT:"
    assert chatml.prompt("Why ?", True) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        "Picture 1: <img></img>\nWhy ?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert "Picture" not in chatml.prompt("Why ?", False)
    assert chatml.answer("so") == "so<|im_end|>"


def test_braces_in_a_prompt_are_kept():
    assert CHATS["plain"].prompt("{x} {prompt}", False) == "USER: {x} {prompt} ASSISTANT:"


@pytest.mark.parametrize("chat", CHATS.values(), ids=CHATS)
@pytest.mark.parametrize("has_image", [True, False])
def test_a_prompt_begins_with_its_opening(chat: Chat, has_image):
    assert chat.prompt("Why ?", has_image).startswith(chat.opening(has_image) + "Why ?")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (None, "has no chat template, and `chat` is not set"),
        ("{{ messages[-1]['content'][-1]['text'] }}", "does not go on from"),
        (
            "{% for one in messages %}{{ one['content'][-1]['text'] }} stop {% endfor %}",
            "answers end with 'stop', which is no token",
        ),
    ],
)
def test_a_processor_that_says_too_little_is_refused(template, message):
    processor = tiny_models.processor("llava")
    processor.chat_template = template
    with pytest.raises(ValueError, match=message):
        chat_of(processor)
