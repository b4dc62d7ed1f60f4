import random
import re

import pytest

from mmpeft.annotation.annotations import key
from mmpeft.annotation.sheets import write_base_sheet, write_run_sheet
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import write_rows
from mmpeft.files import write_json
from mmpeft.predictions import PREDICTIONS, prediction_rows, write_predictions

SPEC = DATASETS["mini-flickr30k"]
ROWS = [generate_row(SPEC.name, "test", index) for index in range(6)]
IDS = [row["id"] for row in ROWS]
SETTINGS = {
    "dataset": {"name": SPEC.name},
    "judge": "people",
    "candidates": 4,
    "images": 2,
    "seed": 3,
}


@pytest.fixture
def test_rows(tmp_path):
    write_rows(ROWS, tmp_path / "test.parquet")
    return tmp_path / "test.parquet"


def write_said(file, said):
    """Predictions of some rows, by their place."""
    rows = [ROWS[place] for place in said]
    items = prediction_rows(list(said.values()), rows, [None] * len(said), SPEC, None)
    write_predictions(items, PREDICTIONS, file)
    return file


def keys_on(page):
    return re.findall(r'data-key="(\w+)"', page.read_text(encoding="utf-8"))


def test_captions_of_the_base_stand_in_the_order_in_which_they_are_drawn(tmp_path, test_rows):
    said = {place: f"caption {place}" for place in range(6)}
    predictions = write_said(tmp_path / "base.parquet", said)
    page = tmp_path / "base.html"
    assert write_base_sheet(SETTINGS, test_rows, predictions, page) == 4
    drawn = random.Random(3).sample(sorted(IDS), 4)
    assert keys_on(page) == [key(SPEC.name, name, said[IDS.index(name)]) for name in drawn]
    text = page.read_text(encoding="utf-8")
    assert "judge from the top until 2 are free of hallucination" in text
    assert 'data-sheet="base"' in text


def test_runs_share_the_images_and_equal_captions(tmp_path, test_rows):
    answers = [
        write_said(tmp_path / "lora.parquet", {4: "a dog", 1: "a cat"}),
        write_said(tmp_path / "prefix.parquet", {4: "a dog", 1: "a bird"}),
    ]
    images = tmp_path / "images.json"
    write_json(images, {"images": [{"id": IDS[4]}, {"id": IDS[1]}]})
    page = tmp_path / "runs.html"
    assert write_run_sheet(SETTINGS, test_rows, images, answers, page) == 2
    assert keys_on(page) == [
        key(SPEC.name, IDS[4], "a dog"),
        *sorted(key(SPEC.name, IDS[1], text) for text in ("a cat", "a bird")),
    ]


def test_without_chosen_images_there_is_nothing_to_judge(tmp_path, test_rows):
    images = tmp_path / "images.json"
    write_json(images, {"images": []})
    answers = [write_said(tmp_path / "lora.parquet", {})]
    assert write_run_sheet(SETTINGS, test_rows, images, answers, tmp_path / "runs.html") == 0
    assert "nothing to judge" in (tmp_path / "runs.html").read_text(encoding="utf-8")
