"""Which split a content belongs to: by its hash, so splits are disjoint by construction."""

import hashlib
import json
from typing import Any

_TENTHS = {"train": range(7), "validation": range(7, 8), "test": range(8, 10)}


def in_split(content: Any, split: str) -> bool:
    """Whether JSON-able `content` falls into `split` (70 % train, 10 % validation, 20 % test)."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:8], "big") % 10 in _TENTHS[split]
