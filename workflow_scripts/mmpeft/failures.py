"""Ways in which a job ends without a result and still is finished: its record says which.

Such a failure would come again, so that no retry helps: the study goes on, and tables mark the
cell. Anything else that goes wrong (a full disk, a lost GPU, a signal) ends a job with an error.

Jobs that build upon a failed one pass its failure on (`passed_on`), and do nothing else. It stands
in the record of a job; where a job fills a folder, the folder holds a STATUS_FILE alone.
"""

import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from mmpeft.files import whole_folder, write_json

OK = "ok"
NO_DATA = "no_data"
OUT_OF_MEMORY = "oom"
DIVERGED = "diverged"
UNSUPPORTED = "unsupported"
NO_IMAGES = "no_images"
UNJUDGED = "unjudged"
STATUSES: Mapping[str, str] = {
    NO_DATA: "data that their publisher does not give, or not as the study asks for them",
    OUT_OF_MEMORY: "out of memory, with less at a time too",
    DIVERGED: "a loss that is NaN or infinite",
    UNSUPPORTED: "the method does not fit the model",
    NO_IMAGES: "no image that the base captions without hallucination",
    UNJUDGED: "a judge that does not answer, or people who have not judged yet",
}

# What a folder holds in place of all else.
STATUS_FILE = "status.json"

_EXCERPT_LINES = 20


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One of STATUSES, the reason in a sentence, what else is known, and the end of the traceback.

    details: JSON-able.
    """

    status: str
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)
    excerpt: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: BaseException, status: str, reason: str, **details: Any) -> Self:
        """A failure whose excerpt is that of `error`."""
        lines = "".join(traceback.format_exception(error)).splitlines()
        excerpt = tuple(lines[-_EXCERPT_LINES:])
        return cls(status=status, reason=reason, details=details, excerpt=excerpt)

    def record(self) -> dict[str, Any]:
        """Its part of a record."""
        failure = {**self.details, "excerpt": list(self.excerpt)}
        return {"status": self.status, "reason": self.reason, "failure": failure}

    def fill(self, folder: Path) -> None:
        """Make `folder` hold a STATUS_FILE alone, all at once."""
        with whole_folder(folder) as part:
            write_json(part / STATUS_FILE, self.record())


SUCCESS: Mapping[str, Any] = {"status": OK, "reason": None}


def outcome(failure: Failure | None) -> dict[str, Any]:
    """The part of a record that says how a job ended."""
    return dict(SUCCESS) if failure is None else failure.record()


def passed_on(*before: Path | None) -> Failure | None:
    """The first failure of the work before, as it is told by these files and folders, or None.

    before: JSON records, or folders that `Failure.fill` may have filled; None for what a job does
    without. What does not exist, or has no status, tells of no failure.
    """
    for path in filter(None, before):
        record = path / STATUS_FILE if path.is_dir() else path
        if not record.is_file():
            continue
        told = json.loads(record.read_text(encoding="utf-8"))
        if told.get("status", OK) != OK:
            details = dict(told["failure"])
            excerpt = tuple(details.pop("excerpt"))
            return Failure(
                status=told["status"], reason=told["reason"], details=details, excerpt=excerpt
            )
    return None
