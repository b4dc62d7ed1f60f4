"""Small files in the exact layout in which each publisher has its dataset."""

import csv
import io
import json
import zipfile
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from mmpeft.datasets.sources.catalogue import SOURCES
from mmpeft.datasets.sources.source import HubSource

ROWS = {"train": 12, "validation": 5, "test": 6}
VQA_ROWS = {"train": 12, "val": 6}


def picture(number, kind="JPEG", size=(24, 16)):
    """Encoded image that differs from those of other numbers."""
    colour = (number * 37 % 256, number * 91 % 256, number * 151 % 256)
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def zipped(files):
    """A zip archive of `files` (path -> bytes or JSON-able content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data if isinstance(data, bytes) else json.dumps(data))
    return file.getvalue()


def parquet(rows, columns, group=4):
    """A parquet file as the hub has it: images as a struct of bytes and path."""
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    types = {"image": image, "answer": pa.int8()}
    fields = {name: pa.array([row[name] for row in rows], types.get(name)) for name in columns}
    file = io.BytesIO()
    pq.write_table(pa.table(fields), file, row_group_size=group)
    return file.getvalue()


def scienceqa():
    """Two shards of the training split; every third question has no image."""
    files, number = {}, 0
    for split, size in ROWS.items():
        rows = []
        for index in range(size):
            number += 1
            rows.append(
                {
                    "image": None
                    if index % 3 == 2
                    else {"bytes": picture(number, "PNG"), "path": "image.png"},
                    "question": f"Which one is the {split} option {index}?",
                    "choices": ["first", "second", "third"],
                    "answer": index % 3,
                    "hint": "Look at it." if index % 2 else "",
                    "task": "closed choice",
                    "grade": "grade2",
                    "subject": "natural science",
                    "topic": "physics",
                    "category": "Materials",
                    "skill": "Compare properties",
                    "lecture": "",
                    "solution": "",
                }
            )
        cuts = [0, 7, size] if split == "train" else [0, size]
        for shard, (start, end) in enumerate(pairwise(cuts)):
            name = f"data/{split}-{shard:05d}-of-{len(cuts) - 1:05d}-0123456789abcdef.parquet"
            files[name] = parquet(rows[start:end], rows[0])
    return files | {"README.md": b"# card", ".gitattributes": b"*.parquet filter=lfs"}


def ocrvqa():
    """Each cover has three questions."""
    files, number = {}, 100
    for split, size in ROWS.items():
        rows = []
        for _ in range(size):
            number += 1
            rows.append(
                {
                    "image": {"bytes": picture(number), "path": None},
                    "image_id": f"0{number}",
                    "questions": ["Who wrote this book?", "What is the title?", "Is it art?"],
                    "answers": [f"Author {number}", f"Title {number}", "No"],
                    "ocr_tokens": ["A", "B"],
                    "title": f"Title {number}",
                    "authorName": f"Author {number}",
                    "genre": "Travel",
                    "image_width": 24,
                    "image_height": 16,
                    "image_url": f"http://images.example/{number}.jpg",
                    "set_name": split,
                }
            )
        files[f"data/{split}-00000-of-00001-0123456789abcdef.parquet"] = parquet(rows, rows[0])
    return files


def flickr30k():
    """The table has all splits; the archive has shadow files of macOS."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["raw", "sentids", "split", "filename", "img_id"])
    images, number = {}, 0
    for split, size in {"train": 12, "val": 5, "test": 6}.items():
        for _ in range(size):
            name = f"{1000 + number}.jpg"
            captions = [f'Caption {n} of "{name}", with a comma.' for n in range(5)]
            sentences = [5 * number + n for n in range(5)]
            writer.writerow([json.dumps(captions), json.dumps(sentences), split, name, number])
            images[f"flickr30k-images/{name}"] = picture(200 + number)
            images[f"__MACOSX/flickr30k-images/._{name}"] = b"shadow"
            number += 1
    return {
        "flickr_annotations_30k.csv": table.getvalue().encode(),
        "flickr30k-images.zip": zipped(images),
        "flickr30k.py": b"raise SystemExit('code from the hub must not run')",
    }


def mmhal():
    """One question per image."""
    names = [f"{number}_0a_o.jpg" for number in range(6)]
    rows = [
        {
            "question_type": "attribute",
            "question_topic": "food",
            "image_id": f"id{number}",
            "image_src": f"https://farm.example/{name}",
            "image_content": ["Plate", "Table"],
            "question": f"What colour is plate {number}?",
            "gt_answer": "There is no plate.",
            "model_name": "",
            "model_answer": "",
        }
        for number, name in enumerate(names)
    ]
    images = {f"images/{name}": picture(300 + n) for n, name in enumerate(names)}
    return {"response_template.json": json.dumps(rows).encode(), **images}


def vizwiz():
    """Annotations in one archive, images in one per split."""
    annotations, archives, number = {}, {}, 400
    for split, size in {**VQA_ROWS, "test": 2}.items():
        rows, images = [], {}
        for index in range(size):
            number += 1
            name = f"VizWiz_{split}_{index:08d}.jpg"
            images[f"{split}/{name}"] = picture(number)
            row = {"image": name, "question": "What is this?"}
            if split != "test":
                row["answers"] = [
                    {"answer_confidence": "yes", "answer": "soda" if n else "unanswerable"}
                    for n in range(10)
                ]
                row |= {"answer_type": "other", "answerable": 1}
            rows.append(row)
        annotations[f"{split}.json"] = rows
        archives[f"{split}.zip"] = zipped(images)
    del archives["test.zip"]
    return {"Annotations.zip": zipped(annotations), **archives}


def iconqa():
    """All three sub-tasks; problem numbers are not in the order of the archive."""
    files, number = {"iconqa_data/metadata.json": {"version": "v1"}}, 0
    for split, size in {"train": 12, "val": 5, "test": 6}.items():
        for task in ("choose_img", "choose_txt", "fill_in_blank"):
            for index in reversed(range(size)):
                number += 1
                folder = f"iconqa_data/iconqa/{split}/{task}/{number}"
                problem = {
                    "question": f"How many are there in {index}?",
                    "ques_type": task,
                    "grade": "grade1",
                    "label": "L2",
                }
                if task == "choose_txt":
                    problem |= {"choices": ["more, or", "fewer"], "answer": index % 2}
                elif task == "choose_img":
                    problem |= {"choices": ["choice_0.png"], "answer": 0}
                    files[f"{folder}/choice_0.png"] = picture(number, "PNG")
                else:
                    problem["answer"] = "8,488"
                files[f"{folder}/data.json"] = problem
                files[f"{folder}/image.png"] = picture(500 + number, "PNG")
    return {"iconqa_data.zip": zipped(files)}


def coco():
    """One image more than the questions are about: two questions are on one image."""
    return {
        f"{split}2014.zip": zipped(
            {
                f"{split}2014/COCO_{split}2014_{number:012d}.jpg": picture(800 + number)
                for number in coco_images(split)
            }
        )
        for split in VQA_ROWS
    }


def coco_images(split):
    """COCO ids by split."""
    start = 9 if split == "train" else 42
    return range(start, start + VQA_ROWS[split])


def vqav2():
    """Ten answers with their confidence; the first two questions of a split share an image."""
    return {
        f"v2_{kind}_{split.title()}_mscoco.zip": zipped(
            {f"v2_{file}_{split}2014_{kind.lower()}.json": content}
        )
        for split in VQA_ROWS
        for kind, file, content in (
            ("Questions", "OpenEnded_mscoco", _questions(split)),
            ("Annotations", "mscoco", _annotations(split, _vqa_answer)),
        )
    }


def okvqa():
    """Five answers, each twice, stemmed beside as given."""
    return {
        f"{file}.json.zip": zipped({f"{file}.json": content})
        for split in VQA_ROWS
        for file, content in (
            (f"OpenEnded_mscoco_{split}2014_questions", _questions(split)),
            (f"mscoco_{split}2014_annotations", _annotations(split, _okvqa_answer)),
        )
    }


def _asked(split):
    ids = list(coco_images(split))
    return [(ids[max(1, index)], ids[0] * 1000 + index) for index in range(len(ids))]


def _questions(split):
    return {
        "info": {"version": "2.0"},
        "task_type": "Open-Ended",
        "data_type": "mscoco",
        "license": {"name": "Creative Commons Attribution 4.0 International License"},
        "data_subtype": f"{split}2014",
        "questions": [
            {"image_id": image, "question": "What is this?", "question_id": question}
            for image, question in _asked(split)
        ],
    }


def _annotations(split, answer):
    return {
        "info": {"version": "2.0"},
        "license": {"name": "Creative Commons Attribution 4.0 International License"},
        "data_subtype": f"{split}2014",
        # not in the order of the questions
        "annotations": [
            {
                "question_type": "what is this",
                "multiple_choice_answer": "net",
                "answers": [answer(number) for number in range(10)],
                "image_id": image,
                "answer_type": "other",
                "question_id": question,
            }
            for image, question in reversed(_asked(split))
        ],
        "data_type": "mscoco",
    }


def _vqa_answer(number):
    text = "net" if number < 7 else "racket"
    return {"answer": text, "answer_confidence": "yes", "answer_id": number + 1}


def _okvqa_answer(number):
    return {
        "answer_id": number + 1,
        "raw_answer": f"racing {number // 2}",
        "answer_confidence": "yes",
        "answer": f"race {number // 2}",
    }


LAYOUTS = {
    "scienceqa": scienceqa,
    "vizwiz": vizwiz,
    "iconqa": iconqa,
    "flickr30k": flickr30k,
    "okvqa": okvqa,
    "ocrvqa": ocrvqa,
    "vqav2": vqav2,
    "coco": coco,
    "mmhal": mmhal,
}


def publish(server, name, files=None):
    """Put a source where its publisher has it; `files` replaces the small ones made here."""
    source, files = SOURCES[name], LAYOUTS[name]() if files is None else files
    if isinstance(source, HubSource):
        return server.publish_dataset(source.repo, files)
    for url in source.urls:
        if (file := url.rpartition("/")[2]) in files:
            server.publish_file(url, files[file])
    return None
