"""Preparing as the rule does it: from fetched sources, all files or none, clear messages."""

import json

import pytest

import official_layouts
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.schema import read_rows

SIZES = {"train": 6, "validation": 2, "test": 4}


@pytest.fixture
def fetched(server, fetch):
    """Publish and fetch the sources of a dataset, with files replaced by name."""

    def fetched(dataset, **replaced):
        for name in DATASETS[dataset].sources:
            files = official_layouts.LAYOUTS[name]() | replaced.get(name, {})
            official_layouts.publish(server, name, files)
            assert fetch(name) == (0, "")

    return fetched


def there(tmp_path):
    folder = tmp_path / "datasets"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_prepared_dataset_records_what_it_is_made_of(fetched, prepare, tmp_path):
    fetched("vqav2")

    status, said = prepare("vqav2", SIZES)

    assert status == 0
    assert "the official train has 12 rows, expected 443757 (papers that use it)" in said
    folder = tmp_path / "datasets/vqav2"
    assert there(tmp_path) == [
        "preparation.json",
        "test.parquet",
        "train.parquet",
        "validation.parquet",
    ]
    record = json.loads((folder / "preparation.json").read_text())
    assert record["settings"]["sizes"] == SIZES
    assert record["draw_seed"] == 42
    assert record["official"]["val"] == {"rows": 6, "rows_with_image": 6, "images": 5}
    assert len(record["warnings"]) == 2
    for source in ("vqav2", "coco"):
        lock = json.loads((tmp_path / f"reference/sources/{source}.json").read_text())
        assert record["sources"][source] == lock


def test_changed_row_count_stops(fetched, prepare, tmp_path):
    fetched("ocrvqa")

    status, said = prepare("ocrvqa", SIZES, row_counts="stop")

    assert status == 1
    assert said == (
        "error: ocrvqa: the official train has 12 images, expected 166022 (dataset card of "
        "howard-hou/OCR-VQA); `row_counts: warn` in the study goes on all the same\n"
    )
    assert there(tmp_path) == []


def test_missing_column_stops(fetched, prepare, tmp_path):
    name = "data/test-00000-of-00001-0123456789abcdef.parquet"
    rows = [{"image": None, "question": "Why?", "choices": ["a"], "answer": 0}]
    fetched("scienceqa", scienceqa={name: official_layouts.parquet(rows, rows[0])})

    status, said = prepare("scienceqa", SIZES)

    assert status == 1
    assert f"{name} lacks the columns hint, task" in said
    assert "Traceback" not in said
    assert there(tmp_path) == []


def test_broken_image_in_the_last_split_leaves_nothing(fetched, prepare, tmp_path):
    images = {f"val/VizWiz_val_{n:08d}.jpg": official_layouts.picture(n) for n in range(1, 6)}
    images["val/VizWiz_val_00000000.jpg"] = b"no image"
    fetched("vizwiz", vizwiz={"val.zip": official_layouts.zipped(images)})

    status, said = prepare("vizwiz", SIZES | {"test": 6})

    assert status == 1
    assert "vizwiz: test row 'VizWiz_val_00000000': image" in said
    assert there(tmp_path) == []

    status, said = prepare("vizwiz", SIZES | {"test": 5}, broken_images="skip")

    assert status == 0
    record = json.loads((tmp_path / "datasets/vizwiz/preparation.json").read_text())
    assert len(read_rows(tmp_path / "datasets/vizwiz/test.parquet")) == 5
    assert [one["id"] for one in record["splits"]["test"]["refused"]] == ["VizWiz_val_00000000"]
    assert said.count("refused: test row") == 1
    assert "vizwiz, test: 1 rows refused" in said


def test_unsafe_archive_stops_the_fetch(server, fetch, tmp_path):
    archive = official_layouts.zipped({"../../evil.txt": b"evil"})
    official_layouts.publish(server, "iconqa", {"iconqa_data.zip": archive})

    status, said = fetch("iconqa")

    assert status == 1
    assert "member '../../evil.txt' leaves its folder" in said
    assert not list(tmp_path.rglob("evil.txt"))


def test_source_that_was_not_fetched(prepare, tmp_path):
    status, said = prepare("iconqa-txt", SIZES)

    assert status == 1
    assert said == "error: sources/iconqa does not hold the source iconqa: fetch it first\n"
    assert there(tmp_path) == []


def test_source_of_another_revision_than_locked(fetched, prepare, tmp_path):
    fetched("mmhal")
    lock = tmp_path / "reference/sources/mmhal.json"
    lock.write_text(lock.read_text().replace('"revision": "', '"revision": "f'))

    status, said = prepare("mmhal", {"train": 0, "validation": 0, "test": 6})

    assert status == 1
    assert "sources/mmhal is not what reference/sources/mmhal.json records" in said


def test_generated_dataset_needs_no_source(prepare, tmp_path):
    assert prepare("mini-okvqa", SIZES) == (0, "")

    assert "preparation.json" in there(tmp_path)
    assert len(read_rows(tmp_path / "datasets/mini-okvqa/train.parquet")) == 6
