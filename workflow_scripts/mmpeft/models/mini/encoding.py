"""From conversations to padded batches with labels on the answers only."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from mmpeft.batching import IGNORED
from mmpeft.models.family import Family
from mmpeft.models.mini.curriculum import Conversation, Exchange

_OPENING = 0  # segment of what all exchanges of a conversation share: the chat's start, the image


@dataclass
class _Tokens:
    """Token ids, labels, positions and segments of one conversation so far."""

    ids: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)

    def add(self, ids: list[int], labels: list[int], start: int, segment: int) -> None:
        self.ids += ids
        self.labels += labels
        self.positions += range(start, start + len(ids))
        self.segments += [segment] * len(ids)


class ConversationEncoder:
    """Encodes and collates conversations; every answer carries labels.

    The opening (with the image) is encoded once. Each exchange sees the opening and itself only,
    and its positions go on from the opening: to the model each is a conversation of its own.
    Measured: seeing the earlier exchanges delays the look-up skills tenfold (docs/mini-models.md).
    """

    def __init__(self, processor, family: Family) -> None:
        self.processor = processor
        self.chat = family.chat

    def _pieces(self, exchange: Exchange, opening: str, has_image: bool) -> list[str]:
        """Prompts and answers in turn; the first prompt without the opening."""
        pieces = []
        for number, (user, answer) in enumerate(exchange):
            first = self.chat.prompt(user, has_image).removeprefix(opening)
            prompt = self.chat.next_prompt(user) if number else first
            pieces += [prompt, self.chat.answer(answer)]
        return pieces

    def _tokens(self, conversation: Conversation, opening_ids: list[int]) -> _Tokens:
        has_image = conversation.image is not None
        opening = self.chat.opening(has_image)
        tokens = _Tokens()
        tokens.add(opening_ids, [IGNORED] * len(opening_ids), 0, _OPENING)
        for segment, exchange in enumerate(conversation.exchanges, start=1):
            pieces = self.processor.tokenizer(self._pieces(exchange, opening, has_image))
            ids: list[int] = []
            labels: list[int] = []
            for place, piece in enumerate(pieces["input_ids"]):
                ids += piece
                labels += piece if place % 2 else [IGNORED] * len(piece)
            tokens.add(ids, labels, len(opening_ids), segment)
        return tokens

    def __call__(self, conversations: Sequence[Conversation]) -> dict[str, Tensor]:
        """Pad into one batch.

        Returns input_ids, labels, position_ids [B, T], attention_mask [B, 1, T, T] (True: attend)
        and, if any conversation has one, pixel_values [I, 3, H, W].
        """
        images = [c.image for c in conversations if c.image is not None]
        openings = [self.chat.opening(c.image is not None) for c in conversations]
        encoded = self.processor(text=openings, images=images or None)
        all_tokens = [
            self._tokens(conversation, list(ids))
            for conversation, ids in zip(conversations, encoded["input_ids"], strict=True)
        ]
        shape = len(all_tokens), max(len(tokens.ids) for tokens in all_tokens)
        batch = {
            "input_ids": torch.full(shape, self.processor.tokenizer.pad_token_id),
            "labels": torch.full(shape, IGNORED),
            "position_ids": torch.zeros(shape, dtype=torch.long),
        }
        segments = torch.full(shape, -1)
        for row, tokens in enumerate(all_tokens):
            size = len(tokens.ids)
            batch["input_ids"][row, :size] = torch.tensor(tokens.ids)
            batch["labels"][row, :size] = torch.tensor(tokens.labels)
            batch["position_ids"][row, :size] = torch.tensor(tokens.positions)
            segments[row, :size] = torch.tensor(tokens.segments)
        batch["attention_mask"] = _mask(segments)
        if images:
            batch["pixel_values"] = torch.from_numpy(np.stack(encoded["pixel_values"]))
        return batch


def _mask(segments: Tensor) -> Tensor:
    """[B, T] segments to [B, 1, T, T]: causal, within a segment or back to the opening.

    Padding (-1) attends to padding: a row of the mask without any True would give NaN.
    """
    same = segments[:, :, None] == segments[:, None, :]
    opening = segments[:, None, :] == _OPENING
    causal = torch.ones(segments.shape[1:] * 2, dtype=torch.bool).tril()
    return ((same | opening) & causal).unsqueeze(1)
