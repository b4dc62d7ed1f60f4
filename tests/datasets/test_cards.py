import json
from pathlib import Path

import pytest

from mmpeft.datasets.cards import card, declared
from mmpeft.datasets.facts import WITH_COCO_IMAGES
from mmpeft.datasets.real.catalogue import REAL
from mmpeft.models.facts import FACTS

CARDS = Path(__file__).parents[2] / "docs/data-cards"


def test_there_is_a_card_for_every_real_dataset_and_no_other():
    assert {path.stem for path in CARDS.glob("*.md")} == set(REAL)


@pytest.mark.parametrize("name", REAL)
def test_card_in_docs_is_up_to_date(name):
    """`make data-cards` rewrites it. What was fetched and prepared somewhere may follow."""
    assert (CARDS / f"{name}.md").read_text(encoding="utf-8").startswith(declared(name))


def test_who_has_seen_a_dataset():
    assert "| Qwen-VL-Chat | pre-training and fine-tuning |" in declared("ocrvqa")
    assert "| LLaVA-1.5-7B | fine-tuning |" in declared("ocrvqa")
    for name in ("scienceqa", "vizwiz", "iconqa-txt", "flickr30k"):
        assert declared(name).count("| no |") == len(FACTS)


def test_overlap_with_coco_is_told_of_datasets_on_its_images():
    told = {name for name in REAL if "training sets with images of COCO" in declared(name)}

    assert told == {"okvqa", "vqav2"}
    assert "| LLaVA-1.5-7B | fine-tuning | LLaVA-Instruct-158K, VQAv2, GQA," in declared("okvqa")


def test_training_sets_with_coco_images_are_those_of_table_9():
    named = {
        one for facts in FACTS.values() for one in (*facts.pretrained_on, *facts.fine_tuned_on)
    }

    assert named >= WITH_COCO_IMAGES


def test_what_was_fetched_and_prepared_follows(tmp_path):
    locks, prepared = tmp_path / "locks", tmp_path / "datasets"
    folder = prepared / "ocrvqa/train-2_validation-1_test-1"
    folder.mkdir(parents=True)
    locks.mkdir()
    file = {"bytes": 1234567, "sha256": "ab" * 32}
    lock = {"source": "ocrvqa", "revision": "f" * 40, "files": {"data/a.parquet": file}}
    (locks / "ocrvqa.json").write_text(json.dumps(lock))
    split = {"rows": 2, "rows_with_image": 2, "images": 1, "ids_sha256": "cd" * 32, "refused": []}
    refused = [{"id": "7|8", "reason": "image 'x' is broken"}]
    record = {
        "settings": {"sizes": {"train": 2, "validation": 1, "test": 1}},
        "splits": {"train": split, "validation": split, "test": split | {"refused": refused}},
        "images_in_two_splits": {"train and test": 3},
        "warnings": ["the official train has 12 images"],
    }
    (folder / "preparation.json").write_text(json.dumps(record))

    text = card("ocrvqa", locks, prepared)

    assert text.startswith(declared("ocrvqa"))
    assert f"| ocrvqa at {'f' * 40}: data/a.parquet | 1,234,567 | `{'ab' * 32}` |" in text
    assert "## As prepared: train 2, validation 1, test 1" in text
    assert "| test | 7&#124;8 | image 'x' is broken |" in text
    assert "train and test: 3" in text
    assert "- the official train has 12 images" in text
    assert "As fetched" not in card("okvqa", locks, prepared)
