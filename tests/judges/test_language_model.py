import json

import pytest

from judge_server import completion, judge_server
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.judges.endpoint import Endpoint, Limits
from mmpeft.judges.judge import AnswerVerdict
from mmpeft.judges.language_model import LanguageModelJudge, image_content
from mmpeft.judges.replies import ReplyStore


def row(name: str) -> dict:
    meta = {"kind": "counting", "image_content": ["Dog", name]}
    return {"question": f"How many {name}?", "answers": ["Two."], "meta": json.dumps(meta)}


def judge(server, folder) -> LanguageModelJudge:
    limits = Limits(concurrency=2, timeout_s=5, attempts=2, first_wait_s=0.01)
    endpoint = Endpoint(server.url, "judge-1", limits=limits, store=ReplyStore(folder))
    return LanguageModelJudge("gpt", endpoint)


def test_answers_are_graded_and_what_cannot_be_read_is_passed_on(tmp_path):
    def behaviour(question, before):
        if "<model>two</model>" in question:
            return completion("True. Rating: 5")
        return completion("Rating: five" if "<model>five</model>" in question else None)

    with judge_server(behaviour) as server:
        one = judge(server, tmp_path)
        verdicts = one.answers(["two", "five", "", "two"], [row("cats")] * 4)
    assert verdicts == [
        AnswerVerdict(grade=5, reply="True. Rating: 5"),
        AnswerVerdict(grade=None, reply="Rating: five"),
        AnswerVerdict(grade=None, reply=""),
        AnswerVerdict(grade=5, reply="True. Rating: 5"),
    ]
    assert one.name == "gpt"
    assert one.account() == {"asked": 3, "kept": 0, "models": ["served-model-1"]}
    asked = server.requests[0]["messages"][0]["content"]
    assert "<objects>Dog, cats</objects>" in asked
    assert "<question>How many cats?</question>" in asked
    assert "<person>Two.</person>" in asked


def test_the_mini_world_is_described_by_its_scene():
    mini = generate_row("mini-mmhal", "test", 0)
    things = json.loads(mini["meta"])["scene"]
    assert len(image_content(mini)) == len(things)
    for text, thing in zip(image_content(mini), things, strict=True):
        assert text == f"{thing['size']} {thing['colour']} {thing['shape']}, {thing['position']}"


def test_a_row_that_does_not_say_what_is_in_its_image_is_an_error():
    with pytest.raises(KeyError, match="scene"):
        image_content({"meta": "{}"})
