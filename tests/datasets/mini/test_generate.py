import json
from collections import Counter

import pytest

from mmpeft.datasets.mini.generate import generate_dataset, generate_row
from mmpeft.datasets.mini.mmhal import TYPES
from mmpeft.datasets.mini.splits import in_split
from mmpeft.datasets.mini.tasks import TASKS, TASKS_IN_TURN
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import SPLITS, decode_image, read_rows
from mmpeft.models.mini.tokenizer import words_of
from mmpeft.models.mini.vocabulary import vocabulary

NUMBER = 40


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, list[dict]]]:
    return {
        name: {split: [generate_row(name, split, i) for i in range(NUMBER)] for split in SPLITS}
        for name in TASKS
    }


def _content(row: dict) -> str:
    """What must not be shared by two splits: the scene, the handwritten digit, or the text."""
    meta = json.loads(row["meta"])
    return json.dumps(meta.get("scene") or meta.get("digit") or [row["context"]], sort_keys=True)


def test_every_mini_dataset_has_a_task():
    assert set(TASKS) == {name for name, spec in DATASETS.items() if spec.mini and spec.trained}
    assert set(TASKS_IN_TURN) == {s.name for s in DATASETS.values() if s.mini and not s.trained}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_rows_fit_their_dataset(rows, name):
    spec = DATASETS[name]
    for row in rows[name]["train"]:
        assert spec.prompt(row)
        assert spec.target(row)
        if spec.task == "multiple_choice":
            assert row["answers"][0] in row["choices"]
        if spec.task == "caption":
            assert len(row["references"]) == 5
        if row["image"] is not None:
            assert decode_image(row["image"]).size == (48, 48)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_splits_are_disjoint(rows, name):
    contents = [{_content(row) for row in rows[name][split]} for split in SPLITS]
    train, validation, test = contents
    assert not train & validation
    assert not train & test
    assert not validation & test


def test_splits_are_disjoint_over_many_scenes():
    contents = {
        split: {_content(generate_row("mini-iconqa-txt", split, i)) for i in range(300)}
        for split in SPLITS
    }
    assert not contents["train"] & contents["test"]
    assert not contents["train"] & contents["validation"]
    assert not contents["validation"] & contents["test"]


def test_the_models_know_every_word(rows):
    known = set(vocabulary())
    spoken = {
        text
        for name, splits in rows.items()
        for split in SPLITS
        for row in splits[split]
        for text in (
            DATASETS[name].prompt(row),
            DATASETS[name].target(row),
            *row["answers"],
            *row["references"],
        )
    }
    assert set(words_of(spoken)) <= known


def test_the_models_know_every_word_of_the_hallucination_test():
    spec = DATASETS["mini-mmhal"]
    rows = [generate_row("mini-mmhal", "test", index) for index in range(800)]
    spoken = {text for row in rows for text in (spec.prompt(row), *row["answers"])}
    assert set(words_of(spoken)) <= set(vocabulary())


def test_hallucination_questions_take_turns_and_are_about_unseen_scenes():
    rows = [generate_row("mini-mmhal", "test", index) for index in range(96)]
    metas = [json.loads(row["meta"]) for row in rows]
    assert Counter(meta["kind"] for meta in metas) == dict.fromkeys(TYPES, 12)
    assert all(in_split(meta["scene"], "test") for meta in metas)
    assert all(decode_image(row["image"]).size == (48, 48) for row in rows)


def test_a_test_set_alone_has_empty_other_splits(tmp_path):
    generate_dataset("mini-mmhal", {"train": 0, "validation": 0, "test": 9}, tmp_path)
    assert [len(read_rows(tmp_path / f"{split}.parquet")) for split in SPLITS] == [0, 0, 9]


def test_scienceqa_has_text_only_questions(rows):
    images = [row["image"] is not None for row in rows["mini-scienceqa"]["train"]]
    assert any(images)
    assert not all(images)


def test_vizwiz_has_unanswerable_questions_and_ten_annotators(rows):
    train = rows["mini-vizwiz"]["train"]
    assert {len(row["answers"]) for row in train} == {10}
    targets = Counter(DATASETS["mini-vizwiz"].target(row) == "unanswerable" for row in train)
    assert min(targets.values()) >= 5


def test_okvqa_counts_five_annotators_twice(rows):
    for row in rows["mini-okvqa"]["train"]:
        assert row["answers"][::2] == row["answers"][1::2]


def test_a_row_does_not_depend_on_the_size(tmp_path):
    generate_dataset("mini-vqav2", {"train": 4, "validation": 1, "test": 2}, tmp_path / "small")
    generate_dataset("mini-vqav2", {"train": 6, "validation": 1, "test": 3}, tmp_path / "large")
    small, large = (read_rows(tmp_path / size / "train.parquet") for size in ("small", "large"))
    assert large[:4] == small
    assert len(read_rows(tmp_path / "large" / "test.parquet")) == 3


def test_unknown_dataset_is_refused():
    with pytest.raises(KeyError):
        generate_row("vqav2", "train", 0)
