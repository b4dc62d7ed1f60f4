import errno
import json
import time
import traceback
from itertools import pairwise

import pytest

from judge_server import Sends, completion, judge_server
from mmpeft.judges.endpoint import (
    KEY_VARIABLE,
    LARGEST_REPLY_BYTES,
    Endpoint,
    EndpointError,
    Limits,
)
from mmpeft.judges.replies import ReplyStore

KEY = "sk-never-to-be-seen"
QUESTIONS = [f"question {number}" for number in range(6)]


def answers_all(question: str, before: int) -> Sends:
    return completion(f"reply to {question}")


def first(sends: Sends, times: int = 1):
    """Misbehaves the first times that a question is asked."""

    def behaviour(question: str, before: int) -> Sends:
        return sends if before < times else answers_all(question, before)

    return behaviour


def endpoint(server, folder, **limits) -> Endpoint:
    defaults = {"concurrency": 2, "timeout_s": 5.0, "attempts": 3, "first_wait_s": 0.01}
    return Endpoint(
        server.url, "judge-1", limits=Limits(**defaults | limits), store=ReplyStore(folder)
    )


@pytest.fixture(autouse=True)
def without_key(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def test_replies_come_in_the_order_of_their_questions(tmp_path):
    def slow_at_first(question: str, before: int) -> Sends:
        reply = answers_all(question, before)
        return Sends(body=reply.body, after_s=0.2 if question == QUESTIONS[0] else 0)

    with judge_server(slow_at_first) as server:
        answered = endpoint(server, tmp_path).ask(QUESTIONS)
    assert [reply.text for reply in answered.replies] == [f"reply to {q}" for q in QUESTIONS]
    assert (answered.asked, answered.kept) == (6, 0)
    assert server.paths == {"/v1/chat/completions"}
    assert server.requests[0].keys() == {"model", "messages", "temperature"}
    assert {(r["model"], r["temperature"]) for r in server.requests} == {("judge-1", 0)}
    assert answered.replies[0].model == "served-model-1"
    assert (answered.replies[0].prompt_tokens, answered.replies[0].reply_tokens) == (7, 3)


def test_no_more_requests_at_a_time_than_allowed(tmp_path):
    def slow(question: str, before: int) -> Sends:
        return Sends(body=answers_all(question, before).body, after_s=0.1)

    with judge_server(slow) as server:
        endpoint(server, tmp_path, concurrency=3).ask(QUESTIONS)
    assert server.most_at_once == 3


def test_a_question_is_asked_once_and_its_reply_kept(tmp_path):
    with judge_server(answers_all) as server:
        first_time = endpoint(server, tmp_path).ask([QUESTIONS[0], QUESTIONS[0], QUESTIONS[1]])
        assert (first_time.asked, first_time.kept, len(server.requests)) == (2, 0, 2)
        again = endpoint(server, tmp_path).ask([QUESTIONS[1], QUESTIONS[2], QUESTIONS[0]])
        assert (again.asked, again.kept, len(server.requests)) == (1, 2, 3)
    assert again.replies[2] == first_time.replies[0]
    # Nobody is asked where everything is kept: the server is gone.
    assert endpoint(server, tmp_path).ask(QUESTIONS[:3]).asked == 0


def test_another_model_or_server_is_asked_anew(tmp_path):
    with judge_server(answers_all) as server, judge_server(answers_all) as other:
        endpoint(server, tmp_path).ask(QUESTIONS[:1])
        assert endpoint(other, tmp_path).ask(QUESTIONS[:1]).asked == 1
        limits = Limits(concurrency=1, timeout_s=5, attempts=1)
        store = ReplyStore(tmp_path)
        assert Endpoint(server.url, "judge-2", limits=limits, store=store).ask(["question 0"]).asked


PASSING = {
    "too many requests": Sends(429, '{"error": "slow down"}'),
    "server error": Sends(500, "oops"),
    "unavailable": Sends(503),
    "dropped connection": Sends(drops=True),
    "half a reply": Sends(body=completion("x").body, cuts=True),
    "a web page": Sends(body="<html>welcome</html>"),
    "no choices": Sends(body='{"choices": []}'),
    "no object": Sends(body="[1, 2]"),
    "content that is no text": Sends(body='{"choices": [{"message": {"content": 5}}]}'),
    "no text at all": Sends(body=""),
    "bytes that are no text": Sends(body=b"\xff\xfe"),
    "too long": Sends(body="x" * (LARGEST_REPLY_BYTES + 1)),
}


@pytest.mark.parametrize("sends", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again(tmp_path, sends):
    with judge_server(first(sends, times=2)) as server:
        answered = endpoint(server, tmp_path).ask(QUESTIONS[:2])
    assert [reply.text for reply in answered.replies] == [
        "reply to question 0",
        "reply to question 1",
    ]
    assert len(server.requests) == 6


@pytest.mark.parametrize("sends", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_ends_after_the_last_attempt(tmp_path, sends):
    gives_up = pytest.raises(EndpointError, match="at attempt 3; 0 of 1 replies arrived")
    with judge_server(first(sends, times=99)) as server, gives_up as caught:
        endpoint(server, tmp_path).ask(QUESTIONS[:1])
    assert server.url in str(caught.value)
    assert len(server.requests) == 3


def test_a_reply_that_takes_too_long_is_given_up(tmp_path):
    begun = time.monotonic()
    with judge_server(first(Sends(after_s=3, body="x"))) as server:
        answered = endpoint(server, tmp_path, timeout_s=0.2).ask(QUESTIONS[:1])
        assert time.monotonic() - begun < 2
    assert answered.replies[0].text == "reply to question 0"
    assert len(server.requests) == 2


def test_a_reply_that_trickles_in_is_given_up(tmp_path):
    body = completion("x" * 200).body
    with judge_server(first(Sends(body=body, trickles_s=0.05), times=9)) as server:
        begun = time.monotonic()
        with pytest.raises(EndpointError, match=r"no end after 0\.3 s"):
            endpoint(server, tmp_path, timeout_s=0.3, attempts=1).ask(QUESTIONS[:1])
        assert time.monotonic() - begun < 3


def test_no_server_at_all_is_an_error(tmp_path):
    with judge_server(answers_all) as server:
        pass
    with pytest.raises(EndpointError, match="ConnectError"):
        endpoint(server, tmp_path).ask(QUESTIONS[:1])


def test_the_waits_grow(tmp_path):
    times = []

    def unwilling(question: str, before: int) -> Sends:
        times.append(time.monotonic())
        return Sends(503)

    with judge_server(unwilling) as server, pytest.raises(EndpointError):
        endpoint(server, tmp_path, attempts=4, first_wait_s=0.1).ask(QUESTIONS[:1])
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(waits) == 3
    assert all(wait >= least for wait, least in zip(waits, (0.1, 0.2, 0.4), strict=True))


def test_the_server_says_how_long_to_wait(tmp_path):
    with judge_server(first(Sends(429, headers={"Retry-After": "1"}))) as server:
        begun = time.monotonic()
        endpoint(server, tmp_path, first_wait_s=0.01).ask(QUESTIONS[:1])
        assert time.monotonic() - begun >= 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 302])
def test_a_refusal_is_not_tried_again(tmp_path, status):
    refuses, gives_up = (
        first(Sends(status, "no", {"Location": "/v2"}), times=9),
        pytest.raises(EndpointError, match=f"HTTP {status}"),
    )
    with judge_server(refuses) as server, gives_up as caught:
        endpoint(server, tmp_path).ask(QUESTIONS[:1])
    assert len(server.requests) == 1
    assert (KEY_VARIABLE in str(caught.value)) == (status in (401, 403))


def test_an_interrupted_run_pays_for_nothing_twice(tmp_path):
    def breaks_at_the_fourth(question: str, before: int) -> Sends:
        return Sends(402, "no money") if question == QUESTIONS[3] else answers_all(question, before)

    with judge_server(breaks_at_the_fourth) as server:
        with pytest.raises(EndpointError, match="no money'; 3 of 6 replies arrived and are kept"):
            endpoint(server, tmp_path, concurrency=1).ask(QUESTIONS)
        # What waited behind it was not asked.
        assert len(server.requests) == 4
        server.behaviour = answers_all
        answered = endpoint(server, tmp_path, concurrency=1).ask(QUESTIONS)
    assert (answered.asked, answered.kept) == (3, 3)
    assert [reply.text for reply in answered.replies] == [f"reply to {q}" for q in QUESTIONS]


def test_a_full_disk_is_no_failure_of_the_judge(tmp_path, monkeypatch):
    """It would be recorded as a result, and never tried again."""

    def put(self, request, reply):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ReplyStore, "put", put)
    with judge_server(answers_all) as server, pytest.raises(OSError, match="No space left"):
        endpoint(server, tmp_path).ask(QUESTIONS)


def test_one_failure_ends_the_patience_of_the_others(tmp_path):
    def behaviour(question: str, before: int) -> Sends:
        return Sends(401) if question == QUESTIONS[0] else Sends(503)

    with judge_server(behaviour) as server:
        begun = time.monotonic()
        with pytest.raises(EndpointError):
            endpoint(server, tmp_path, attempts=9, first_wait_s=5, timeout_s=60).ask(QUESTIONS[:2])
        assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    ("sends", "text", "reason"),
    [
        (completion(None, finish_reason="content_filter"), "", "content_filter"),
        (completion("Ratin", finish_reason="length"), "Ratin", "length"),
        (completion("utter nonsense"), "utter nonsense", "stop"),
    ],
)
def test_a_reply_without_sense_is_still_a_reply(tmp_path, sends, text, reason):
    with judge_server(lambda question, before: sends) as server:
        (reply,) = endpoint(server, tmp_path).ask(QUESTIONS[:1]).replies
    assert (reply.text, reply.finish_reason) == (text, reason)
    assert len(server.requests) == 1


def test_a_kept_reply_that_cannot_be_read_is_asked_for_again(tmp_path):
    with judge_server(answers_all) as server:
        endpoint(server, tmp_path).ask(QUESTIONS[:1])
        (file,) = tmp_path.rglob("*.json")
        file.write_text(file.read_text()[:30])
        assert endpoint(server, tmp_path).ask(QUESTIONS[:1]).asked == 1
    assert json.loads(file.read_text())["reply"]["text"] == "reply to question 0"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [file.name]


@pytest.fixture
def with_key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, f" {KEY}\n")


def test_the_key_goes_into_the_header(tmp_path, with_key):
    with judge_server(answers_all) as server:
        endpoint(server, tmp_path).ask(QUESTIONS[:1])
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_without_a_key_there_is_no_such_header(tmp_path):
    with judge_server(answers_all) as server:
        endpoint(server, tmp_path).ask(QUESTIONS[:1])
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize("status", [401, 500, 200])
def test_a_server_that_repeats_the_key_gives_nothing_away(tmp_path, with_key, status, caplog):
    caplog.set_level(0)
    sends = Sends(status, f"wrong key {KEY}")
    if status == 200:
        sends = completion(f"so {KEY} it is", finish_reason=KEY)
    with judge_server(lambda question, before: sends) as server:
        if status == 200:
            told = endpoint(server, tmp_path).ask(QUESTIONS[:1]).replies[0].text
        else:
            with pytest.raises(EndpointError) as caught:
                endpoint(server, tmp_path).ask(QUESTIONS[:1])
            told = "".join(traceback.format_exception(caught.value))
    assert "(key)" in told
    kept = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in told + kept + caplog.text


def test_a_key_that_no_header_can_hold_is_refused_unseen(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "sk-ключ")
    limits = Limits(concurrency=1, timeout_s=1, attempts=1)
    with pytest.raises(EndpointError, match="holds characters that no key has") as caught:
        Endpoint("http://127.0.0.1:9/v1", "m", limits=limits, store=ReplyStore(tmp_path))
    assert "ключ" not in str(caught.value)
