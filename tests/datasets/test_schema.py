import json
import random

import pyarrow.parquet as pq
import pytest

import tiny_runs
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.schema import SCHEMA, decode_image, read_rows, write_rows
from mmpeft.files import DamagedError


def _rows(number: int = 3) -> list[dict]:
    return [generate_row("mini-scienceqa", "train", index) for index in range(number)]


def test_rows_survive_the_file(tmp_path):
    rows = _rows()
    write_rows(rows, tmp_path / "train.parquet")
    assert read_rows(tmp_path / "train.parquet") == rows
    assert [path.name for path in tmp_path.iterdir()] == ["train.parquet"]


def test_image_bytes_decode_to_a_picture(tmp_path):
    row = generate_row("mini-vqav2", "test", 0)
    assert decode_image(row["image"]).size == (48, 48)


def test_file_describes_itself_to_the_datasets_library(tmp_path):
    write_rows(_rows(), tmp_path / "train.parquet")
    features = json.loads(pq.read_schema(tmp_path / "train.parquet").metadata[b"huggingface"])
    features = features["info"]["features"]
    assert list(features) == SCHEMA.names
    assert features["image"] == {"_type": "Image"}


def test_datasets_library_reads_images(tmp_path):
    from datasets import Dataset

    write_rows([generate_row("mini-vqav2", "test", 0)], tmp_path / "test.parquet")
    loaded = Dataset.from_parquet(str(tmp_path / "test.parquet"), cache_dir=str(tmp_path))
    assert loaded[0]["image"].size == (48, 48)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda rows: rows[0].update(extra=1), ValueError, "unknown columns"),
        (lambda rows: rows[0].pop("answers"), KeyError, "answers"),
        (lambda rows: rows[1].update(id=rows[0]["id"]), ValueError, "occurs twice"),
    ],
)
def test_bad_rows_are_refused(tmp_path, change, error, message):
    rows = _rows()
    change(rows)
    with pytest.raises(error, match=message):
        write_rows(rows, tmp_path / "train.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_flipped_bit_is_an_error_or_changes_no_row(tmp_path):
    path = tmp_path / "train.parquet"
    rows = tiny_runs.rows("train")
    write_rows(rows, path)
    whole, read = path.read_bytes(), read_rows(path)
    found = 0
    for position in random.Random(1).sample(range(len(whole)), 400):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :])
        try:
            assert read_rows(path) == read, position
        except DamagedError:
            found += 1
    assert found > 100


def test_a_file_that_does_not_exist_is_not_called_damaged(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_rows(tmp_path / "train.parquet")
