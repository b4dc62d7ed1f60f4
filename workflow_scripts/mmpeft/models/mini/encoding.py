"""From conversations to padded batches with labels on the answers only."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmpeft.batching import Example, collate
from mmpeft.models.families import Family
from mmpeft.models.mini.curriculum import Conversation

IGNORED = -100


class ConversationEncoder:
    """Encodes and collates conversations; every answer of every turn carries labels."""

    def __init__(self, processor, family: Family) -> None:
        self.processor = processor
        self.family = family

    def _pieces(self, conversation: Conversation) -> list[str]:
        pieces = []
        for number, (user, assistant) in enumerate(conversation.turns):
            first = self.family.chat(user, conversation.image is not None)
            pieces += [self.family.chat_on(user) if number else first]
            pieces += [self.family.answer(assistant)]
        return pieces

    def __call__(self, conversations: Sequence[Conversation]) -> dict[str, Tensor]:
        """input_ids, attention_mask, labels [B, T] and, with images, pixel_values [I, 3, H, W]."""
        pieces = [self._pieces(conversation) for conversation in conversations]
        images = [c.image for c in conversations if c.image is not None]
        encoded = self.processor(
            text=[piece for group in pieces for piece in group], images=images or None
        )
        token_ids = iter(encoded["input_ids"])
        examples = []
        for group in pieces:
            ids: list[int] = []
            labels: list[int] = []
            for place in range(len(group)):
                piece = next(token_ids)
                ids += piece
                labels += piece if place % 2 else [IGNORED] * len(piece)
            examples.append(Example(torch.tensor(ids), torch.tensor(labels), None))
        batch = collate(examples, self.processor.tokenizer.pad_token_id, side="right")
        if images:
            batch["pixel_values"] = torch.from_numpy(np.stack(encoded["pixel_values"]))
        return batch
