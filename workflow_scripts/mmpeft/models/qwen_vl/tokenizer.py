"""The tokenizer of Qwen-VL-Chat, built from its `qwen.tiktoken`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tokenizers import AddedToken, normalizers
from transformers import PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import TikTokenConverter

# Of the original's `qwen.tiktoken`, 2,561,218 bytes with 151,643 ranks.
VOCABULARY_SHA256 = "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186"

# How the original cuts text before byte-pair encoding; digits stand alone.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
END_OF_TEXT, TURN_START, TURN_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
# In the order of their ids, which follow the last rank: 151643 up to 151859.
SPECIAL_TOKENS = (
    END_OF_TEXT,
    TURN_START,
    TURN_END,
    *(f"<|extra_{number}|>" for number in range(205)),
    *("<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>"),
    *("<img>", "</img>", "<imgpad>"),
)


def build_tokenizer(rank_file: Path) -> PreTrainedTokenizerFast:
    """Byte-pair encoding by the ranks of a file of tiktoken, text in normal form C.

    rank_file: a line for each token, its bytes in base64 and its rank.
    """
    backend = TikTokenConverter(str(rank_file), pattern=PATTERN).converted()
    backend.normalizer = normalizers.NFC()
    backend.add_special_tokens(
        [AddedToken(token, normalized=False, special=True) for token in SPECIAL_TOKENS]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token=TURN_END,
        pad_token=END_OF_TEXT,
        additional_special_tokens=[
            token for token in SPECIAL_TOKENS if token not in (END_OF_TEXT, TURN_END)
        ],
        padding_side="left",
        model_input_names=["input_ids", "attention_mask"],
    )


def check_vocabulary(rank_file: Path) -> None:
    """Raise ValueError unless a file is the original's `qwen.tiktoken`, byte for byte."""
    found = hashlib.sha256(rank_file.read_bytes()).hexdigest()
    if found != VOCABULARY_SHA256:
        raise ValueError(
            f"{rank_file} has SHA-256 {found}, the vocabulary of Qwen-VL-Chat {VOCABULARY_SHA256}"
        )
