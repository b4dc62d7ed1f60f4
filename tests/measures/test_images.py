import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmpeft.annotation.annotations import key
from mmpeft.datasets.mini import captions
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.mini.scene import read_scene
from mmpeft.datasets.schema import write_rows
from mmpeft.files import write_json
from mmpeft.measures.images import drawn, select_images

ROWS = [generate_row("mini-flickr30k", "test", index) for index in range(12)]
SETTINGS = {
    "dataset": {"name": "mini-flickr30k"},
    "judge": "scene_graph",
    "candidates": 12,
    "images": 4,
    "seed": 42,
}


def true_caption(row):
    return captions.plain_caption(read_scene(json.loads(row["meta"])["scene"]))


def select(folder, said, annotations=(), **changes):
    write_rows(ROWS, folder / "test.parquet")
    items = [{"id": row["id"], "prediction": text} for row, text in zip(ROWS, said, strict=True)]
    pq.write_table(pa.Table.from_pylist(items), folder / "predictions.parquet")
    write_json(folder / "scores.json", {"status": "ok", "reason": None})
    return selected(folder, annotations, **changes)


def selected(folder, annotations=(), **changes):
    settings, test = SETTINGS | changes, folder / "test.parquet"
    record = select_images(settings, test, folder, annotations, folder / "images.json")
    assert json.loads((folder / "images.json").read_text()) == record
    return record


@pytest.fixture
def said():
    """Six true captions, three false ones, three that name nothing."""
    true = [true_caption(row) for row in ROWS[:6]]
    return [*true, *["four hearts and a banana"] * 3, *["unanswerable"] * 3]


def test_clean_captions_are_kept_with_their_images(tmp_path, said):
    record = select(tmp_path, said)
    kept = {image["id"]: image["caption"] for image in record["images"]}
    assert len(kept) == 4
    assert (
        kept.items() <= {row["id"]: text for row, text in zip(ROWS[:6], said, strict=False)}.items()
    )
    assert (record["status"], record["candidates"], record["clean"]) == ("ok", 12, 6)
    assert record["note"] is None


def test_the_seed_decides_the_draw(tmp_path, said):
    one, same, other = (select(tmp_path, said, seed=seed)["images"] for seed in (1, 1, 2))
    assert one == same != other


def test_only_the_candidates_are_looked_at(tmp_path, said):
    record = select(tmp_path, said, candidates=6, images=6)
    assert record["candidates"] == 6
    assert record["clean"] == len(record["images"]) < 6


def test_too_few_clean_captions_are_all_taken_and_noted(tmp_path, said):
    record = select(tmp_path, said, images=9)
    assert (record["status"], len(record["images"])) == ("ok", 6)
    assert record["note"] == "6 of 12 captions of the base are free of hallucination"


def test_no_clean_caption_is_a_failure(tmp_path):
    record = select(tmp_path, ["a banana"] * 12)
    assert (record["status"], record["images"]) == ("no_images", [])
    assert record["reason"] == "0 of 12 captions of the base are free of hallucination"


def test_a_base_that_failed_passes_on_its_status(tmp_path):
    failed = {"status": "oom", "reason": "out of memory", "failure": {"excerpt": ["said"]}}
    write_json(tmp_path / "scores.json", {**failed, "scores": {}})
    record = selected(tmp_path)
    assert record.items() >= failed.items()
    assert (record["candidates"], record["images"]) == (0, [])


def annotate(folder, judgements):
    """A file that says of captions, by image, whether they are clean ("yes": hallucination)."""
    lines = [
        f"{key('mini-flickr30k', name, text)},{wrong},no,"
        for (name, text), wrong in judgements.items()
    ]
    file = folder / "people.csv"
    file.write_text("\n".join(("key,hallucination,nothing,words", *lines)) + "\n")
    return [file]


def test_people_need_not_judge_more_than_it_takes(tmp_path):
    said = [f"caption {index}" for index in range(12)]
    order = drawn([row["id"] for row in ROWS], SETTINGS)
    text_of = {row["id"]: text for row, text in zip(ROWS, said, strict=True)}
    judged = {(name, text_of[name]): "no" for name in order[:5]}
    judged[order[1], text_of[order[1]]] = "yes"

    def judged_first(count, judgements):
        files = annotate(tmp_path, dict(list(judgements.items())[:count]))
        return select(tmp_path, said, files, judge="annotators")

    record = judged_first(5, judged)
    assert [image["id"] for image in record["images"]] == [order[0], *order[2:5]]
    assert (record["status"], record["clean"]) == ("ok", 4)
    # With one judgement less there is no fourth clean caption among the first ones.
    record = judged_first(4, judged)
    assert (record["status"], record["images"]) == ("unjudged", [])
    assert record["reason"] == ("8 captions of the base not judged yet (judge: annotators)")
    # A gap before the last one needed: other images would be chosen once it is filled.
    del judged[order[0], text_of[order[0]]]
    judged[order[5], text_of[order[5]]] = "no"
    assert judged_first(5, judged)["reason"].startswith("1 caption of the base not judged yet")


def test_without_judgements_nothing_is_chosen(tmp_path):
    record = select(tmp_path, ["a"] * 12, judge="annotators")
    assert (record["status"], record["clean"]) == ("unjudged", 0)
