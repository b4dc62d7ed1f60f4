import pytest

from mmpeft.datasets.prompts import CAPTION_PROMPTS, pick
from mmpeft.datasets.registry import DATASETS
from mmpeft.metrics import METRICS

ROW = {
    "id": "train-000001",
    "context": "",
    "question": "what color is the star?",
    "choices": ["red", "blue"],
    "answers": ["blue"] * 6 + ["red"] * 4,
    "references": ["a star", "one star"],
}


def test_eight_datasets_of_the_paper_a_test_set_and_their_stand_ins():
    assert len(DATASETS) == 18
    assert {name for name, spec in DATASETS.items() if not spec.trained} == {"mmhal", "mini-mmhal"}
    assert {s.label for s in DATASETS.values() if s.mini} == {
        s.label for s in DATASETS.values() if not s.mini
    }


def test_seen_sets_are_those_of_section_4_1():
    seen = {name for name, spec in DATASETS.items() if spec.seen and not spec.mini}
    assert seen == {"okvqa", "ocrvqa", "vqav2"}


def test_every_dataset_to_train_on_has_a_metric_and_the_test_set_alone_a_judge():
    for spec in DATASETS.values():
        assert (spec.metric in METRICS) == spec.trained
        assert (spec.metric is None) == (spec.task == "hallucination")


@pytest.mark.parametrize(
    ("name", "prompt", "target"),
    [
        ("scienceqa", "what color is the star? A.red, B.blue", "B"),
        (
            "vizwiz",
            "Question: what color is the star? When the information is insufficient, respond with "
            '"Unanswerable". Answer the question using a single word or phrase.',
            "blue",
        ),
        (
            "iconqa-txt",
            "what color is the star? Choices: red, blue Choose an option from the choices to "
            "answer the question.",
            "blue",
        ),
        (
            "iconqa-blank",
            "what color is the star? Fill in the blanks in (_) or answer this question.",
            "blue",
        ),
        (
            "okvqa",
            "what color is the star? Answer the question using a single word or phrase.",
            "blue",
        ),
    ],
)
def test_prompts_of_table_10(name, prompt, target):
    assert DATASETS[name].prompt(ROW) == prompt
    assert DATASETS[name].target(ROW) == target


def test_context_comes_before_the_question():
    prompt = DATASETS["scienceqa"].prompt(ROW | {"context": "Context: stars are blue."})
    assert prompt.startswith("Context: stars are blue. what color")


def test_captions_draw_one_of_ten_requests_and_one_reference_for_good():
    spec = DATASETS["flickr30k"]
    rows = [ROW | {"id": f"train-{index}"} for index in range(200)]
    assert {spec.prompt(row) for row in rows} == set(CAPTION_PROMPTS)
    assert {spec.target(row) for row in rows} == {"a star", "one star"}
    assert spec.prompt(rows[7]) == spec.prompt(dict(rows[7]))


def test_pick_does_not_depend_on_the_process():
    assert [pick(CAPTION_PROMPTS, f"{n}") for n in range(3)] == [
        CAPTION_PROMPTS[0],
        CAPTION_PROMPTS[3],
        CAPTION_PROMPTS[6],
    ]
