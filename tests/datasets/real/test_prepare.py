"""From sources on disk to the three splits: draws, policies, counts."""

from dataclasses import replace

import pytest

import official_layouts
from mmpeft.datasets.real.catalogue import REAL
from mmpeft.datasets.real.prepare import Policy, prepare
from mmpeft.datasets.real.question import Expected
from mmpeft.datasets.schema import read_rows
from mmpeft.datasets.sources.source import NoDataError

TOLERANT = Policy(broken_images="skip", row_counts="warn")
STRICT = Policy(broken_images="stop", row_counts="stop")
SIZES = {"train": 6, "validation": 2, "test": 4}


def expecting(dataset, *expected):
    return replace(REAL[dataset], expected=expected)


def written(folder):
    return {path.stem: read_rows(path) for path in folder.glob("*.parquet")}


@pytest.mark.parametrize("name", sorted(set(REAL) - {"mmhal"}))
def test_three_splits_that_share_nothing(folders, tmp_path, name):
    record = prepare(expecting(name), folders(name), SIZES, STRICT, tmp_path)

    splits = written(tmp_path)
    assert {split: len(rows) for split, rows in splits.items()} == SIZES
    assert all(row["split"] == split for split, rows in splits.items() for row in rows)
    ids = [row["id"] for rows in splits.values() for row in rows]
    assert len(set(ids)) == len(ids) == sum(SIZES.values())
    images = [{row["image"] for row in rows} - {None} for rows in splits.values()]
    assert not images[0] & images[1] | images[0] & images[2] | images[1] & images[2]
    assert set(record["images_in_two_splits"].values()) == {0}
    assert {split: one["rows"] for split, one in record["splits"].items()} == SIZES


def test_test_set_alone(folders, tmp_path):
    sizes = {"train": 0, "validation": 0, "test": 6}
    record = prepare(expecting("mmhal"), folders("mmhal"), sizes, STRICT, tmp_path)

    assert {split: len(rows) for split, rows in written(tmp_path).items()} == sizes
    assert record["splits"].keys() == {"test"}


def test_test_rows_of_vqav2_are_validation_questions(folders, tmp_path):
    prepare(expecting("vqav2"), folders("vqav2"), SIZES, STRICT, tmp_path)

    numbers = {split: {int(row["id"]) for row in rows} for split, rows in written(tmp_path).items()}
    assert numbers["test"] <= set(range(42_000, 42_006))
    assert numbers["train"] | numbers["validation"] <= set(range(9_000, 9_012))


def test_flickr30k_is_split_as_karpathy_did(folders, tmp_path):
    sizes = {"train": 12, "validation": 5, "test": 6}
    prepare(expecting("flickr30k"), folders("flickr30k"), sizes, STRICT, tmp_path)

    ids = {split: [int(row["id"]) for row in rows] for split, rows in written(tmp_path).items()}
    assert ids == {
        "train": list(range(1000, 1012)),
        "validation": list(range(1012, 1017)),
        "test": list(range(1017, 1023)),
    }


def test_more_training_rows_contain_the_fewer(folders, tmp_path):
    made = folders("ocrvqa")
    drawn = []
    for size in (3, 10, 36):
        sizes = SIZES | {"train": size}
        prepare(expecting("ocrvqa"), made, sizes, STRICT, tmp_path)
        drawn.append({row["id"] for row in written(tmp_path)["train"]})

    assert drawn[0] < drawn[1] < drawn[2]


def test_images_that_two_splits_share_are_counted(folders, tmp_path):
    """Publishers' splits may share an image under two names; nothing here can prevent that."""
    files = official_layouts.vizwiz()
    images = {f"val/VizWiz_val_{n:08d}.jpg": official_layouts.picture(401) for n in range(6)}
    files["val.zip"] = official_layouts.zipped(images)
    sizes = {"train": 11, "validation": 1, "test": 6}

    record = prepare(expecting("vizwiz"), folders("vizwiz", vizwiz=files), sizes, STRICT, tmp_path)

    shared = record["images_in_two_splits"]
    assert shared.pop("train and validation") == 0
    assert sorted(shared.values()) == [0, 1]
    assert record["splits"]["test"]["images"] == 1


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (
            Expected("train", "rows", 13, "a page"),
            r"scienceqa: the official train has 12 rows, expected 13 \(a page\); "
            "`row_counts: warn`",
        ),
        (
            Expected("test", "rows_with_image", 5, "a page"),
            "the official test has 4 rows with image, expected 5",
        ),
        (Expected("test", "images", 5, "a page"), "the official test has 4 images, expected 5"),
    ],
)
def test_unexpected_number_of_rows_stops(folders, tmp_path, expected, message):
    with pytest.raises(NoDataError, match=message):
        prepare(expecting("scienceqa", expected), folders("scienceqa"), SIZES, STRICT, tmp_path)


def test_unexpected_number_of_rows_warns_by_policy_or_if_it_is_not_certain(
    folders, tmp_path, capsys
):
    certain = Expected("train", "rows", 13, "a page")
    guessed = Expected("test", "rows", 7, "hearsay", certain=False)
    right = Expected("validation", "rows", 5, "a page")

    record = prepare(
        expecting("scienceqa", certain, guessed, right),
        folders("scienceqa"),
        SIZES,
        TOLERANT,
        tmp_path,
    )
    assert record["warnings"] == [
        "scienceqa: the official train has 12 rows, expected 13 (a page)",
        "scienceqa: the official test has 6 rows, expected 7 (hearsay)",
    ]
    assert capsys.readouterr().err.count("warning: ") == 2

    record = prepare(expecting("scienceqa", guessed), folders("scienceqa"), SIZES, STRICT, tmp_path)
    assert len(record["warnings"]) == 1


def spoilt_vizwiz(folders, changed):
    """VizWiz with other training images by number; None for one that is missing."""
    images = {n: official_layouts.picture(401 + n) for n in range(12)} | changed
    archive = official_layouts.zipped(
        {f"train/VizWiz_train_{n:08d}.jpg": data for n, data in images.items() if data is not None}
    )
    return folders("vizwiz", vizwiz={"train.zip": archive})


def test_broken_images_are_replaced_by_policy_and_counted(folders, tmp_path):
    made = spoilt_vizwiz(folders, {3: b"no image", 5: None})
    sizes = {"train": 9, "validation": 1, "test": 6}

    record = prepare(expecting("vizwiz"), made, sizes, TOLERANT, tmp_path)

    refused = {
        one["id"]: one["reason"] for split in record["splits"].values() for one in split["refused"]
    }
    assert refused["VizWiz_train_00000003"].startswith(
        "image 'VizWiz_train_00000003.jpg' is broken"
    )
    assert refused["VizWiz_train_00000005"].endswith("is missing from its source")
    rows = written(tmp_path)
    assert {split: len(one) for split, one in rows.items()} == sizes
    assert not {row["id"] for one in rows.values() for row in one} & set(refused)


def test_broken_image_stops_by_policy(folders, tmp_path):
    made = spoilt_vizwiz(folders, {3: b"no image"})
    sizes = {"train": 11, "validation": 1, "test": 6}

    with pytest.raises(NoDataError, match=r"train row 'VizWiz_train_00000003': image .*broken"):
        prepare(expecting("vizwiz"), made, sizes, STRICT, tmp_path)
    assert written(tmp_path) == {}


def test_too_many_broken_images_say_how_many_rows_are_left(folders, tmp_path):
    made = spoilt_vizwiz(folders, {3: b"no image", 5: None})
    sizes = {"train": 11, "validation": 1, "test": 6}

    with pytest.raises(
        NoDataError,
        match=r"datasets\.vizwiz\.train: 11 rows asked for, but only 10 can be had \(2 refused",
    ):
        prepare(expecting("vizwiz"), made, sizes, TOLERANT, tmp_path)
    assert written(tmp_path) == {}


def test_more_rows_than_there_are(folders, tmp_path):
    with pytest.raises(
        NoDataError, match=r"datasets\.vqav2\.test: 7 rows asked for, but only 6 can be had"
    ):
        prepare(expecting("vqav2"), folders("vqav2"), SIZES | {"test": 7}, STRICT, tmp_path)


def test_row_without_an_answer(folders, tmp_path):
    table = b"raw,split,filename,img_id\n[],train,7.jpg,7\n"
    made = folders("flickr30k", flickr30k={"flickr_annotations_30k.csv": table})

    with pytest.raises(NoDataError, match="7 of train has no answer"):
        prepare(expecting("flickr30k"), made, SIZES, STRICT, tmp_path)


def test_id_that_occurs_twice(folders, tmp_path):
    row = {"image": "a.jpg", "question": "?", "answers": [{"answer": "x"}] * 10}
    row |= {"answer_type": "other", "answerable": 0}
    rows = official_layouts.zipped({"train.json": [row, row], "val.json": []})
    made = folders("vizwiz", vizwiz={"Annotations.zip": rows})

    with pytest.raises(NoDataError, match="vizwiz: an id occurs twice in the official train"):
        prepare(expecting("vizwiz"), made, SIZES, STRICT, tmp_path)
