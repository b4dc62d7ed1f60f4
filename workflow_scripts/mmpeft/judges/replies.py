"""Replies of a language model, kept by the content of what was asked.

One file a reply, so that an interrupted job, and every other job with the same question, costs
nothing twice. Jobs may share a folder at the same time.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmpeft.files import write_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model wrote. model: the name that the server gives; tokens: those that it counts."""

    text: str
    finish_reason: str | None
    model: str | None
    prompt_tokens: int | None
    reply_tokens: int | None


class ReplyStore:
    """Replies below a folder, each in a file named by the digest of its request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, request: Mapping[str, Any]) -> Reply | None:
        """The reply to that request; None if there is none, or none that can be read."""
        try:
            kept = json.loads(self._file(request).read_text(encoding="utf-8"))
            return Reply(**kept["reply"])
        except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError):
            return None

    def put(self, request: Mapping[str, Any], reply: Reply) -> None:
        """Keep a reply, whole or not at all; of two jobs with one request the later one wins."""
        write_json(self._file(request), {"request": request, "reply": asdict(reply)})

    def _file(self, request: Mapping[str, Any]) -> Path:
        text = json.dumps(request, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return self._folder / digest[:2] / f"{digest}.json"
