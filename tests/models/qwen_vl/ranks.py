"""A small vocabulary in the format of `qwen.tiktoken`."""

import base64
from pathlib import Path

from tiktoken._educational import bpe_train

from mmpeft.models.chats import CHATS
from mmpeft.models.qwen_vl.tokenizer import PATTERN

TEXTS = (
    "What colour is the shape? It's red; they've 12 green ones, and we'll see 3456 more.",
    CHATS["chatml"].prompt("Wie heißt der Bürgermeister von Wesel?\nEsel, esel.", True),
    "图片里有什么？一个红色的圆形。 Ça va déjà très bien…   \n\n\tdone",
)
SIZE = 400


def train_ranks() -> dict[bytes, int]:
    return bpe_train("\n".join(TEXTS * 3), SIZE, PATTERN, visualise=None)


def write_ranks(path: Path) -> Path:
    lines = (
        f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in train_ranks().items()
    )
    path.write_text("".join(lines))
    return path
