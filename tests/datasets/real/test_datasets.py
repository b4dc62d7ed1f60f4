"""Each dataset from its publisher's layout to canonical rows."""

import json

import pytest

import official_layouts
from mmpeft.datasets.mini import mmhal as mini_mmhal
from mmpeft.datasets.real import mmhal
from mmpeft.datasets.real.catalogue import REAL
from mmpeft.datasets.real.images import read_image
from mmpeft.datasets.registry import DATASETS
from mmpeft.datasets.sources.source import NoDataError

# dataset -> official split -> its first row, without image, split and meta; and its meta
FIRST = {
    "scienceqa": (
        "train",
        {
            "id": "train-0",
            "context": "",
            "question": "Which one is the train option 0?",
            "choices": ["first", "second", "third"],
            "answers": ["first"],
            "references": [],
        },
        {
            "category": "Materials",
            "grade": "grade2",
            "skill": "Compare properties",
            "subject": "natural science",
            "task": "closed choice",
            "topic": "physics",
        },
    ),
    "vizwiz": (
        "val",
        {
            "id": "VizWiz_val_00000000",
            "context": "",
            "question": "What is this?",
            "choices": [],
            "answers": ["unanswerable", *["soda"] * 9],
            "references": [],
        },
        {"answer_type": "other", "answerable": 1},
    ),
    "iconqa-txt": (
        "train",
        {
            "id": "13",
            "context": "",
            "question": "How many are there in 11?",
            "choices": ["more, or", "fewer"],
            "answers": ["fewer"],
            "references": [],
        },
        {"grade": "grade1", "label": "L2"},
    ),
    "iconqa-blank": (
        "train",
        {
            "id": "25",
            "context": "",
            "question": "How many are there in 11?",
            "choices": [],
            "answers": ["8,488"],
            "references": [],
        },
        {"grade": "grade1", "label": "L2"},
    ),
    "flickr30k": (
        "test",
        {
            "id": "1017",
            "context": "",
            "question": "",
            "choices": [],
            "answers": [],
            "references": [f'Caption {n} of "1017.jpg", with a comma.' for n in range(5)],
        },
        {"img_id": "17"},
    ),
    "okvqa": (
        "val",
        {
            "id": "42000",
            "context": "",
            "question": "What is this?",
            "choices": [],
            "answers": [f"race {n // 2}" for n in range(10)],
            "references": [],
        },
        {"answer_type": "other", "image_id": 43, "question_type": "what is this"},
    ),
    "ocrvqa": (
        "train",
        {
            "id": "0101-0",
            "context": "",
            "question": "Who wrote this book?",
            "choices": [],
            "answers": ["Author 101"],
            "references": [],
        },
        {"genre": "Travel", "image_id": "0101"},
    ),
    "vqav2": (
        "train",
        {
            "id": "9000",
            "context": "",
            "question": "What is this?",
            "choices": [],
            "answers": [*["net"] * 7, *["racket"] * 3],
            "references": [],
        },
        {"answer_type": "other", "image_id": 10, "question_type": "what is this"},
    ),
    "mmhal": (
        "test",
        {
            "id": "test-000000",
            "context": "",
            "question": "What colour is plate 0?",
            "choices": [],
            "answers": ["There is no plate."],
            "references": [],
        },
        {
            "kind": "attribute",
            "topic": "food",
            "image_content": ["Plate", "Table"],
        },
    ),
}


def test_every_real_dataset_is_here_with_sources_that_exist():
    real = {name for name, spec in DATASETS.items() if not spec.mini}

    assert set(REAL) == set(FIRST) == real
    assert {name for name, spec in DATASETS.items() if not spec.sources} == set(DATASETS) - real
    for name in real:
        assert set(DATASETS[name].sources) <= set(official_layouts.LAYOUTS)


@pytest.mark.parametrize("name", REAL)
def test_first_row(folders, name):
    official, expected, meta = FIRST[name]

    row = REAL[name].open(folders(name)).questions(official)[0].row("test", b"")

    assert json.loads(row.pop("meta")) == meta
    assert row == {**expected, "image": b"", "split": "test"}


@pytest.mark.parametrize("name", REAL)
def test_rows_have_what_the_prompt_and_the_target_need(folders, name):
    material, spec = REAL[name].open(folders(name)), DATASETS[name]
    for official in set(REAL[name].splits.values()):
        for question in material.questions(official):
            row = question.row("train", None)
            assert spec.prompt(row)
            assert spec.target is None or spec.target(row)


@pytest.mark.parametrize("name", REAL)
def test_images_are_those_of_their_questions(folders, name):
    """All images differ, and files of several row groups or archives keep them in order."""
    material = REAL[name].open(folders(name))
    for official in sorted(set(REAL[name].splits.values())):
        names = {one.image for one in material.questions(official)} - {None}
        images = {image: read_image(material, image) for image in sorted(names)}
        assert len(set(images.values())) == len(names) > 1
        # read again in another order
        for image in sorted(names, reverse=True):
            assert material.image(image) == images[image]


def test_image_of_a_row_in_a_later_shard(folders):
    material = REAL["scienceqa"].open(folders("scienceqa"))

    question = material.questions("train")[10]

    assert question.question == "Which one is the train option 10?"
    assert material.image(question.image) == official_layouts.picture(11, "PNG")


def test_questions_without_an_image(folders):
    questions = REAL["scienceqa"].open(folders("scienceqa")).questions("test")

    assert [one.image is None for one in questions] == [False, False, True] * 2
    assert [one.context for one in questions] == ["", "Context: Look at it."] * 3


def test_answers_are_those_of_the_same_question(folders):
    """The annotation file has its own order."""
    archive = official_layouts.vqav2()
    material = REAL["vqav2"].open(folders("vqav2", vqav2=archive))

    for question in material.questions("val"):
        assert question.image == f"COCO_val2014_{question.meta['image_id']:012d}.jpg"


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ("Holistic", "holistic"),
        ("spatial relation", "relation"),
        ("adversarial object", "adversarial"),
    ],
)
def test_types_of_mmhal_are_those_of_table_5(folders, named, kind):
    rows = json.loads(official_layouts.mmhal()["response_template.json"])
    rows[1]["question_type"] = named
    files = {"response_template.json": json.dumps(rows).encode()}

    questions = REAL["mmhal"].open(folders("mmhal", mmhal=files)).questions("test")

    assert mmhal.TYPES == mini_mmhal.TYPES
    assert [one.meta["kind"] for one in questions[:2]] == ["attribute", kind]


def test_column_that_is_missing(folders):
    rows = [{"image": None, "question": "Why?", "answer": 0}]
    name = "data/test-00000-of-00001-0123456789abcdef.parquet"
    shard = official_layouts.parquet(rows, rows[0])
    material = REAL["scienceqa"].open(folders("scienceqa", scienceqa={name: shard}))

    with pytest.raises(NoDataError, match=rf"{name} lacks the columns choices, hint, task, .*has"):
        material.questions("test")


@pytest.mark.parametrize(
    ("dataset", "source", "file", "content", "message"),
    [
        (
            "flickr30k",
            "flickr30k",
            "flickr_annotations_30k.csv",
            b"raw,filename,img_id\n",
            "lacks the columns split; it has raw, filename, img_id",
        ),
        (
            "vizwiz",
            "vizwiz",
            "Annotations.zip",
            official_layouts.zipped({"train.json": [{"image": "a.jpg", "question": "?"}]}),
            "a row of train.json lacks 'answers'",
        ),
        (
            "vizwiz",
            "vizwiz",
            "Annotations.zip",
            official_layouts.zipped({"test.json": []}),
            "Annotations.zip has no train.json; its first files are test.json",
        ),
        (
            "vqav2",
            "vqav2",
            "v2_Questions_Train_mscoco.zip",
            official_layouts.zipped({"a.json": {"info": {}}}),
            "a.json lacks 'questions'",
        ),
        (
            "vqav2",
            "vqav2",
            "v2_Annotations_Train_mscoco.zip",
            official_layouts.zipped({"a.json": {"annotations": []}}),
            "has no answers to 12 questions, the first is 9000",
        ),
        (
            "okvqa",
            "okvqa",
            "mscoco_train2014_annotations.json.zip",
            official_layouts.zipped(
                {
                    "a.json": {
                        "annotations": [
                            {"question_id": number, "answers": [{"answer": "net"}] * 10}
                            for number in range(9000, 9012)
                        ]
                    }
                }
            ),
            "question 9000 of train lacks 'question_type'",
        ),
        (
            "vqav2",
            "vqav2",
            "v2_Annotations_Train_mscoco.zip",
            official_layouts.zipped(
                {
                    "a.json": {
                        "annotations": [
                            {"question_id": number, "answers": [{"answer": "net"}] * 9}
                            for number in range(9000, 9012)
                        ]
                    }
                }
            ),
            "question 9000 of train is not laid out as expected: it has 9 answers, not 10",
        ),
        (
            "vizwiz",
            "vizwiz",
            "Annotations.zip",
            official_layouts.zipped(
                {"train.json": [{"image": "a.jpg", "question": "?", "answers": []}]}
            ),
            "a row of train.json is not laid out as expected: it has 0 answers, not 10",
        ),
        (
            "iconqa-txt",
            "iconqa",
            "iconqa_data.zip",
            official_layouts.zipped({"iconqa_data/iconqa/train/choose_txt/7/data.json": {}}),
            "choose_txt/7/data.json lacks 'question'",
        ),
        (
            "iconqa-blank",
            "iconqa",
            "iconqa_data.zip",
            official_layouts.zipped({"iconqa_data/iconqa/train/choose_txt/7/data.json": {}}),
            "has no problems below iconqa_data/iconqa/train/fill_in_blank/",
        ),
        (
            "ocrvqa",
            "ocrvqa",
            "data/train-00000-of-00001-0123456789abcdef.parquet",
            official_layouts.parquet(
                [
                    {
                        "image": {"bytes": b"", "path": None},
                        "image_id": "7",
                        "questions": ["Who?", "What?"],
                        "answers": ["Me"],
                        "genre": "Travel",
                    }
                ],
                ("image", "image_id", "questions", "answers", "genre"),
            ),
            "7 has 2 questions, but 1 answers",
        ),
        (
            "iconqa-txt",
            "iconqa",
            "iconqa_data.zip",
            official_layouts.zipped({"iconqa_data/iconqa/train/choose_txt/7/data.json": b"{"}),
            "choose_txt/7/data.json' is not laid out as expected: Expecting property name",
        ),
        (
            "iconqa-txt",
            "iconqa",
            "iconqa_data.zip",
            official_layouts.zipped(
                {
                    "iconqa_data/iconqa/train/choose_txt/7/data.json": {
                        "question": "?",
                        "grade": "1",
                        "label": "2",
                        "choices": ["a"],
                        "answer": 1,
                    }
                }
            ),
            "choose_txt/7/data.json is not laid out as expected: tuple index out of range",
        ),
        (
            "flickr30k",
            "flickr30k",
            "flickr_annotations_30k.csv",
            b"raw,split,filename,img_id\n['not JSON'],train,7.jpg,7\n",
            "the row of 7.jpg is not laid out as expected: Expecting value",
        ),
        (
            "mmhal",
            "mmhal",
            "response_template.json",
            official_layouts.mmhal()["response_template.json"].replace(b"attribute", b"riddle"),
            "question_type 'riddle' is none of attribute, adversarial, ",
        ),
        ("mmhal", "mmhal", "response_template.json", b"[{}]", "lacks 'image_src'"),
    ],
)
def test_layout_that_has_changed(folders, dataset, source, file, content, message):
    material = REAL[dataset].open(folders(dataset, **{source: {file: content}}))

    with pytest.raises(NoDataError, match=message):
        material.questions(next(iter(REAL[dataset].splits.values())))
