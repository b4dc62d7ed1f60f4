"""Questions to a language model behind an OpenAI-compatible endpoint, `POST /chat/completions`.

Any server that speaks this protocol will do, in this machine or far away. The key, if the server
wants one, comes from the environment and goes into one header of the request: into no setting, no
record, no kept reply and no message.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Any

import httpx2
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_any,
    stop_when_event_set,
    wait_exponential_jitter,
)

from mmpeft.judges.judge import JudgeAwayError
from mmpeft.judges.replies import Reply, ReplyStore

# A name of its own: a study file says where requests go, and must not get hold of other keys.
KEY_VARIABLE = "MMPEFT_JUDGE_KEY"

LONGEST_WAIT_S = 60.0
LARGEST_REPLY_BYTES = 2**20
_TEMPORARY = frozenset((408, 409, 425, 429))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a server is asked; nothing here changes a reply.

    concurrency: requests at a time. timeout_s: seconds for a whole reply. attempts: how often a
    request is made that fails for a reason that may pass; the waits between them start with about
    `first_wait_s` and double, unless the server says how long to wait.
    """

    concurrency: int
    timeout_s: float
    attempts: int
    first_wait_s: float = 1.0


class EndpointError(JudgeAwayError):
    """A question stays without a reply. The message holds no key."""


class _TemporaryError(EndpointError):
    """It may pass. after_s: how long the server asks to wait, None if it does not say."""

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class _NotAskedError(EndpointError):
    """Another question has been given up before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Replies in the order of their questions, and how many distinct requests were made for them.

    kept: requests answered by replies kept earlier; asked: the others.
    """

    replies: list[Reply]
    kept: int
    asked: int


class Endpoint:
    """A model at `base_url` (up to and with `/v1`), asked at temperature 0."""

    def __init__(self, base_url: str, model: str, *, limits: Limits, store: ReplyStore) -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model = model
        self._limits = limits
        self._store = store
        self._key = _key()

    def ask(self, questions: Sequence[str]) -> Answered:
        """A reply to each question; equal questions are asked once, and kept replies never again.

        Raises EndpointError at the first question that stays without a reply: those that are under
        way are still waited for and kept, no further one is asked. So it is with other errors, such
        as a reply that cannot be kept, which are raised as they are.
        """
        requests = {question: self._request(question) for question in questions}
        found = {question: self._store.get(request) for question, request in requests.items()}
        open_ = [question for question, reply in found.items() if reply is None]
        if open_:
            found |= self._ask_all({question: requests[question] for question in open_})
        return Answered(
            replies=[found[question] for question in questions],
            kept=len(found) - len(open_),
            asked=len(open_),
        )

    def _request(self, question: str) -> dict[str, Any]:
        """What decides about a reply, and under which it is kept."""
        body = {
            "model": self._model,
            "messages": [{"role": "user", "content": question}],
            "temperature": 0,
        }
        return {"url": self._url, "body": body}

    def _ask_all(self, requests: Mapping[str, Mapping[str, Any]]) -> dict[str, Reply]:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        given_up = Event()
        with (
            httpx2.Client(headers=headers, timeout=self._limits.timeout_s) as client,
            ThreadPoolExecutor(self._limits.concurrency) as pool,
        ):
            jobs = {
                question: pool.submit(self._ask_patiently, client, request, given_up)
                for question, request in requests.items()
            }
            done, _ = wait(jobs.values(), return_when=FIRST_EXCEPTION)
            if any(job.exception() is not None for job in done):
                pool.shutdown(cancel_futures=True)
                ended = [job.exception() for job in jobs.values() if not job.cancelled()]
                got = ended.count(None)
                errors = [one for one in ended if not isinstance(one, _NotAskedError | None)]
                for error in errors:
                    if not isinstance(error, EndpointError):
                        raise error
                error = errors[0]
                raise EndpointError(
                    f"{error}; {got} of {len(jobs)} replies arrived and are kept, another run asks "
                    "for the others alone"
                ) from error
        return {question: job.result() for question, job in jobs.items()}

    def _ask_patiently(
        self, client: httpx2.Client, request: Mapping[str, Any], given_up: Event
    ) -> Reply:
        """Ask until there is a reply and keep it, unless this or another question is given up."""
        if given_up.is_set():
            raise _NotAskedError
        first = self._limits.first_wait_s
        back_off = wait_exponential_jitter(multiplier=first, max=LONGEST_WAIT_S, jitter=first)

        def pause(state: RetryCallState) -> float:
            told = state.outcome.exception().after_s
            return back_off(state) if told is None else min(told, LONGEST_WAIT_S)

        retrying = Retrying(
            retry=retry_if_exception_type(_TemporaryError),
            wait=pause,
            stop=stop_any(stop_after_attempt(self._limits.attempts), stop_when_event_set(given_up)),
            sleep=sleep_using_event(given_up),
            reraise=True,
        )
        try:
            reply = retrying(self._ask_once, client, request["body"])
            self._store.put(request, reply)
        except Exception as error:
            given_up.set()
            if isinstance(error, _TemporaryError):
                attempt = retrying.statistics["attempt_number"]
                raise EndpointError(f"{error}, at attempt {attempt}") from None
            raise
        return reply

    def _ask_once(self, client: httpx2.Client, body: Mapping[str, Any]) -> Reply:
        try:
            with client.stream("POST", self._url, json=body) as response:
                content = self._read(response)
        except httpx2.RequestError as error:
            raise _TemporaryError(self._told(f"{type(error).__name__} {error}")) from None
        if response.status_code != httpx2.codes.OK:
            raise self._refusal(response, content)
        try:
            return self._reply(json.loads(self._without_key(content.decode())))
        except (ValueError, LookupError, TypeError, AttributeError):
            raise _TemporaryError(self._told("no chat completion", content)) from None

    def _read(self, response: httpx2.Response) -> bytes:
        """A reply to its end, within the time and the size that it may have."""
        ends = time.monotonic() + self._limits.timeout_s
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if time.monotonic() > ends:
                raise _TemporaryError(self._told(f"no end after {self._limits.timeout_s:g} s"))
            if len(content) > LARGEST_REPLY_BYTES:
                raise _TemporaryError(self._told(f"more than {LARGEST_REPLY_BYTES} bytes"))
        return bytes(content)

    def _refusal(self, response: httpx2.Response, content: bytes) -> EndpointError:
        status = response.status_code
        if status in _TEMPORARY or status >= 500:
            after = response.headers.get("Retry-After", "")
            told = self._told(f"HTTP {status}", content)
            return _TemporaryError(told, float(after) if after.isdecimal() else None)
        key = f" (the key is read from {KEY_VARIABLE})" if status in (401, 403) else ""
        return EndpointError(self._told(f"HTTP {status}{key}", content))

    def _reply(self, body: Any) -> Reply:
        """The reply in a chat completion; one without text (a refusal, say) is an empty text."""
        choice, usage = body["choices"][0], body.get("usage") or {}
        text = choice["message"].get("content") or ""
        if not isinstance(text, str):
            raise TypeError("content is not text")
        return Reply(
            text=self._without_key(text),
            finish_reason=choice.get("finish_reason"),
            model=body.get("model"),
            prompt_tokens=usage.get("prompt_tokens"),
            reply_tokens=usage.get("completion_tokens"),
        )

    def _told(self, what: str, content: bytes = b"") -> str:
        """A message about this endpoint, with the beginning of what it sent."""
        sent = self._without_key(content.decode("utf-8", "replace"))[:200]
        return f"{self._url}: {self._without_key(what)}" + (f": {sent!r}" if sent else "")

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "(key)") if self._key else text


def _key() -> str:
    """The key for the server, empty without one; raises EndpointError if no header can hold it."""
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise EndpointError(f"{KEY_VARIABLE} holds characters that no key has")
    return key
