import json
import socket

import pytest

from evaluated_study import evaluated_study
from judge_server import Sends, judge_server
from judged_study import judged_study
from mmpeft import places
from mmpeft.judges.endpoint import KEY_VARIABLE
from mmpeft.planning.judges import absent_keys, by_hand
from mmpeft.planning.plan import Plan, as_text
from mmpeft.study import load_study

SHEETS = "results/judged/sheets/captions/mini-llava-7b/mini-flickr30k"
BASE = (
    f"judge people: when the base has captioned, judge {SHEETS}/base.html and save it as "
    "annotations/judged/base.csv"
)
RUNS = (
    f"judge people: after the runs, judge {SHEETS}/runs.html and save it as "
    "annotations/judged/runs.csv"
)


@pytest.fixture
def nowhere():
    """An address on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


@pytest.mark.parametrize(
    ("url", "key", "missing"),
    [
        ("https://judge.example/v1", "", True),
        ("https://judge.example/v1", "sk-secret", False),
        ("http://127.0.0.1:8000/v1", "", False),
    ],
)
def test_a_judge_elsewhere_without_a_key_is_named(monkeypatch, url, key, missing):
    monkeypatch.setenv(KEY_VARIABLE, key)
    told = "judge server: MMPEFT_JUDGE_KEY is not set, the key that judge.example may ask for"
    assert [*absent_keys(load_study(judged_study(url)))] == [told] * missing


def test_a_server_that_does_not_answer_is_named_as_long_as_anything_is_left_for_it(
    tmp_path, nowhere
):
    study = load_study(judged_study(nowhere))
    told = (
        f"judge server: nothing answers at {nowhere}; serve judge-1 there, at the latest when the "
        "runs are done"
    )
    assert [*by_hand(study, tmp_path)] == [told, BASE, RUNS]
    for status, left in (("unjudged", [told, BASE, RUNS]), ("ok", [BASE, RUNS])):
        for one in study.measurements:
            place = places.evaluation(one.evaluation, one.target, one.cell.run.id)
            file = tmp_path / study.folder / place / "scores.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({"status": status}))
        assert [*by_hand(study, tmp_path)] == left


def test_a_server_that_wants_a_key_answers_and_one_that_is_broken_does_not(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "sk-secret")
    with judge_server(lambda question, before: Sends()) as server:
        study = load_study(judged_study(server.url))
        for status, answers in ((401, True), (404, True), (503, False)):
            server.models = Sends(status)
            told = [*by_hand(study, tmp_path)]
            assert told[-2:] == [BASE, RUNS]
            assert (len(told) == 2) == answers
        assert server.paths == {"/v1/models"}
        assert not any("Authorization" in headers for headers in server.headers)


def test_sheets_are_named_until_their_judgements_are_there(tmp_path, nowhere):
    study = load_study(judged_study(nowhere))
    folder = tmp_path / "annotations/judged"
    folder.mkdir(parents=True)
    (folder / "base-anna.csv").touch()
    assert [*by_hand(study, tmp_path)][1:] == [RUNS]
    (folder / "runs.csv").touch()
    assert [*by_hand(study, tmp_path)][1:] == []


def test_the_plan_ends_with_what_is_left_to_do_by_hand(tmp_path, nowhere):
    study = load_study(judged_study(nowhere))
    found = Plan(lines=[], lacking=[], by_hand=[*by_hand(study, tmp_path)])
    assert as_text(found, study).endswith(
        f"to do by hand (docs/judges.md):\n  {found.by_hand[0]}\n  {BASE}\n  {RUNS}"
    )


def test_a_study_that_the_scene_graph_judges_leaves_nothing_to_do(tmp_path):
    study = load_study(evaluated_study())
    assert [*by_hand(study, tmp_path), *absent_keys(study)] == []
