"""Ways in which a job ends without a result and still is finished: its record says which.

Such a failure would come again, so that no retry helps: the study goes on, and tables mark the
cell. Anything else that goes wrong (a full disk, a lost GPU, a signal) ends a job with an error.
"""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

OK = "ok"
OUT_OF_MEMORY = "oom"
DIVERGED = "diverged"
UNSUPPORTED = "unsupported"
NO_IMAGES = "no_images"
UNJUDGED = "unjudged"
STATUSES: Mapping[str, str] = {
    OUT_OF_MEMORY: "out of memory, with less at a time too",
    DIVERGED: "a loss that is NaN or infinite",
    UNSUPPORTED: "the method does not fit the model",
    NO_IMAGES: "no image that the base captions without hallucination",
    UNJUDGED: "a judge that does not answer, or people who have not judged yet",
}

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


SUCCESS: Mapping[str, Any] = {"status": OK, "reason": None}
