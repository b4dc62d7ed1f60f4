"""Chat texts: what stands around a prompt and an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PROMPT = "{prompt}"  # its place in the texts below
_IMAGE = "{image}"
_ANSWER = "{answer}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """The texts of a conversation; `{prompt}` stands for what the user says.

    with_image, text_only: all that the model reads before its first answer; the processor expands
    the place of the image. next_turn: what follows an earlier answer; only chats of mini models
    have more than one turn. answer_start, answer_end: around what the model is trained to say;
    `answer_end` is one token.
    """

    with_image: str
    text_only: str
    next_turn: str | None
    answer_start: str
    answer_end: str

    def prompt(self, prompt: str, has_image: bool) -> str:
        """Everything the model reads before its answer to a first prompt."""
        before, _, after = self._first(has_image).partition(PROMPT)
        return before + prompt + after

    def opening(self, has_image: bool) -> str:
        """The part of `prompt` before the prompt: the same for every prompt about an image."""
        return self._first(has_image).partition(PROMPT)[0]

    def next_prompt(self, prompt: str) -> str:
        """What follows an earlier answer. Raises ValueError for a chat of one turn."""
        if self.next_turn is None:
            raise ValueError("this chat has one turn only")
        before, _, after = self.next_turn.partition(PROMPT)
        return before + prompt + after

    def answer(self, text: str) -> str:
        """What the model is trained to say after `prompt`, with the token that ends it."""
        return f"{self.answer_start}{text}{self.answer_end}"

    def _first(self, has_image: bool) -> str:
        return self.with_image if has_image else self.text_only


def _chat(turn: str, image: str, next_turn: str, answer_start: str, answer_end: str) -> Chat:
    return Chat(
        with_image=turn.replace(_IMAGE, image),
        text_only=turn.replace(_IMAGE, ""),
        next_turn=next_turn,
        answer_start=answer_start,
        answer_end=answer_end,
    )


_VICUNA_SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions. "
)

# By the name that a study gives. vicuna_v1: LLaVA-1.5 (arXiv:2310.03744) and ShareGPT4V, the image
# in front of the question; plain: the same without its system sentence, for mini models, whose
# vocabulary lacks those words; chatml: Qwen-VL-Chat (arXiv:2308.12966).
CHATS: Mapping[str, Chat] = {
    "vicuna_v1": _chat(
        turn=_VICUNA_SYSTEM + "USER: {image}{prompt} ASSISTANT:",
        image="<image>\n",
        next_turn="USER: {prompt} ASSISTANT:",
        answer_start=" ",
        answer_end="</s>",
    ),
    "plain": _chat(
        turn="USER: {image}{prompt} ASSISTANT:",
        image="<image>\n",
        next_turn="USER: {prompt} ASSISTANT:",
        answer_start=" ",
        answer_end="</s>",
    ),
    "chatml": _chat(
        turn=(
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
            "<|im_start|>user\n{image}{prompt}<|im_end|>\n<|im_start|>assistant\n"
        ),
        image="Picture 1: <img></img>\n",
        next_turn="\n<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n",
        answer_start="",
        answer_end="<|im_end|>",
    ),
}


def chat_of(processor: Any) -> Chat:
    """The chat of one turn that the chat template of a processor writes.

    Raises ValueError if the template is missing, or answers do not follow its prompts and end with
    one special token.
    """
    tokenizer = processor.tokenizer
    if not (processor.chat_template or tokenizer.chat_template):
        raise ValueError(f"{type(processor).__name__} has no chat template, and `chat` is not set")

    def written(*parts: dict[str, str], answer: str | None = None) -> str:
        messages = [{"role": "user", "content": list(parts)}]
        if answer is not None:
            content = [{"type": "text", "text": answer}]
            messages.append({"role": "assistant", "content": content})
        text = processor.apply_chat_template(
            messages, add_generation_prompt=answer is None, tokenize=False
        )
        return text.removeprefix(_added_start(tokenizer))

    image, prompt = {"type": "image"}, {"type": "text", "text": PROMPT}
    text_only = written(prompt)
    answered = written(prompt, answer=_ANSWER)
    answer_start, found, rest = answered.removeprefix(text_only).partition(_ANSWER)
    answer_end = rest.strip()
    if not (answered.startswith(text_only) and found and PROMPT in text_only):
        raise ValueError(f"chat template: {answered!r} does not go on from {text_only!r}")
    if answer_end not in tokenizer.get_vocab():
        raise ValueError(f"chat template: answers end with {answer_end!r}, which is no token")
    return Chat(
        with_image=written(image, prompt),
        text_only=text_only,
        next_turn=None,
        answer_start=answer_start,
        answer_end=answer_end,
    )


def _added_start(tokenizer: Any) -> str:
    """The token that a tokenizer puts before every text, which a template may write as well."""
    start, ids = tokenizer.bos_token_id, tokenizer("")["input_ids"]
    return tokenizer.bos_token if start is not None and start in ids else ""
