"""Prompt text of each dataset: Table 10 of the paper, misprints apart.

A prompt is what the user says beside the image; the chat template of the model goes around it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

SHORT_ANSWER = "Answer the question using a single word or phrase."

CAPTION_PROMPTS = (
    "Share a concise interpretation of the image provided.",
    "Render a clear and concise summary of the photo.",
    "Write a terse but informative summary of the picture.",
    "Offer a succinct explanation of the picture presented.",
    "Describe the image concisely.",
    "Provide a brief description of the given image.",
    "Create a compact narrative representing the image presented.",
    "Relay a brief, clear account of the picture shown.",
    "Summarize the visual content of the image.",
    "Give a short and clear explanation of the subsequent image",
)

OPTION_LETTERS = "ABCDEFGHIJ"


def pick(options: tuple[str, ...], key: str) -> str:
    """Choose one of `options` by a hash of `key`, the same on every machine and in every run."""
    digest = hashlib.sha256(key.encode()).digest()
    return options[int.from_bytes(digest[:8], "big") % len(options)]


def _with_context(row: Mapping[str, Any], text: str) -> str:
    return f"{row['context']} {text}" if row["context"] else text


def short_answer(row: Mapping[str, Any]) -> str:
    """OKVQA, OCRVQA, VQAv2: `{Question} Answer the question using a single word or phrase.`"""
    return _with_context(row, f"{row['question']} {SHORT_ANSWER}")


def unanswerable(row: Mapping[str, Any]) -> str:
    """VizWiz: the short-answer prompt with leave to say that the image does not tell."""
    return (
        f"Question: {row['question']} When the information is insufficient, respond with "
        f'"Unanswerable". {SHORT_ANSWER}'
    )


def lettered_options(row: Mapping[str, Any]) -> str:
    """ScienceQA: `{Question} A.choice 1, B.choice 2, C.choice 3, ...` after its context."""
    options = ", ".join(
        f"{letter}.{choice}" for letter, choice in zip(OPTION_LETTERS, row["choices"], strict=False)
    )
    return _with_context(row, f"{row['question']} {options}")


def choose_text(row: Mapping[str, Any]) -> str:
    """IconQA-txt: the choices without letters."""
    return (
        f"{row['question']} Choices: {', '.join(row['choices'])} "
        "Choose an option from the choices to answer the question."
    )


def fill_in_blank(row: Mapping[str, Any]) -> str:
    """IconQA-blank."""
    return f"{row['question']} Fill in the blanks in (_) or answer this question."


def caption(row: Mapping[str, Any]) -> str:
    """Flickr30k: one of ten requests, fixed for each image."""
    return pick(CAPTION_PROMPTS, row["id"])


def bare_question(row: Mapping[str, Any]) -> str:
    """MMHal-Bench: the question alone."""
    return row["question"]
