from dataclasses import replace

import pytest
import torch

import tiny_models
import tiny_runs
from mmpeft import batching
from mmpeft.batching import IGNORED, EncodedRows, Encoder, collate, slices, subset
from mmpeft.datasets.registry import DATASETS
from mmpeft.models.chats import CHATS
from tiny_models import FAMILIES, FAMILY_NAMES, IMAGE_TOKENS

SPEC = DATASETS[tiny_runs.DATASET]
ROWS = tiny_runs.rows("train", 9)


@pytest.fixture(params=FAMILY_NAMES)
def family(request):
    return FAMILIES[request.param]


def encoder(family, **options):
    options = {"with_answer": True, **options}
    return Encoder(tiny_models.processor(family.name), family, SPEC, **options)


def decoded(family, ids):
    return tiny_models.tokenizer(family.name).convert_ids_to_tokens(ids.tolist())


def test_only_the_answer_and_its_end_get_labels(family):
    for row, example in zip(ROWS, encoder(family)(ROWS), strict=True):
        taught = example.labels != IGNORED
        assert decoded(family, example.labels[taught]) == [SPEC.target(row), family.chat.answer_end]
        assert taught[-2:].all()
        assert torch.equal(example.labels[taught], example.input_ids[taught])


def test_a_prompt_is_the_same_tokens_with_and_without_its_answer(family):
    asked = encoder(family, with_answer=False)(ROWS)
    taught = encoder(family)(ROWS)
    for short, long in zip(asked, taught, strict=True):
        assert torch.equal(short.input_ids, long.input_ids[:-2])
        assert (short.labels == IGNORED).all()


def test_only_image_rows_have_pixels_and_places_for_them(family):
    place = {"llava": "<image>", "qwen_vl": "<imgpad>"}[family.name]
    for row, example in zip(ROWS, encoder(family)(ROWS), strict=True):
        places = decoded(family, example.input_ids).count(place)
        if row["image"] is None:
            assert example.images == {}
            assert places == 0
        else:
            side = tiny_models.SIDE
            assert example.images["pixel_values"].shape == (1, 3, side, side)
            assert places == IMAGE_TOKENS


def test_each_image_goes_to_its_own_row(family):
    together = encoder(family)(ROWS)
    for row, example in zip(ROWS, together, strict=True):
        if row["image"] is not None:
            alone = encoder(family)([row])[0]
            assert torch.equal(example.images["pixel_values"], alone.images["pixel_values"])


def test_a_text_only_batch_has_no_pixels(family):
    examples = encoder(family)([row for row in ROWS if row["image"] is None])
    assert "pixel_values" not in collate(examples, 0, "right")


def test_refuses_a_row_that_is_too_long(family):
    with pytest.raises(ValueError, match=r"mini-scienceqa: row 'train-0' has \d+ tokens, over 5"):
        encoder(family, max_length=5)(ROWS)


def test_refuses_an_answer_that_changes_the_tokens_of_the_prompt():
    chat = replace(CHATS["plain"], text_only="USER: {prompt} ASSIST", answer_start="ANT : ")
    glued = replace(FAMILIES["llava"], chat=chat)
    with pytest.raises(ValueError, match="tokens of the prompt"):
        encoder(glued)(ROWS[:1])


@pytest.mark.parametrize("side", ["right", "left"])
def test_pads_on_the_side_asked_for(side):
    long, short = encoder(FAMILIES["llava"])(ROWS[1:3])
    batch = collate([long, short], 77, side)
    gap = len(long.input_ids) - len(short.input_ids)
    assert gap > 0
    place = slice(0, gap) if side == "left" else slice(len(short.input_ids), None)
    kept = slice(gap, None) if side == "left" else slice(0, len(short.input_ids))
    assert (batch["input_ids"][1, place] == 77).all()
    assert (batch["labels"][1, place] == IGNORED).all()
    assert batch["attention_mask"].sum(1).tolist() == [len(long.input_ids), len(short.input_ids)]
    assert torch.equal(batch["input_ids"][1, kept], short.input_ids)
    assert torch.equal(batch["labels"][1, kept], short.labels)
    assert torch.equal(batch["input_ids"][0], long.input_ids)


class Counting:
    """An encoder that notes what it was asked for."""

    def __init__(self):
        self.asked = []
        self.encode = encoder(FAMILIES["llava"])

    def __call__(self, rows):
        self.asked += [row["id"] for row in rows]
        return self.encode(rows)


def test_encodes_each_row_once():
    counting = Counting()
    rows = EncodedRows(ROWS, counting)
    first = rows.__getitems__([4, 1])
    again = rows.__getitems__([1, 2, 4])
    assert counting.asked == ["train-4", "train-1", "train-2"]
    assert [first[1], first[0]] == [again[0], again[2]]
    assert rows[2] is again[1]


def test_encodes_anew_what_does_not_fit_in_memory():
    counting = Counting()
    rows = EncodedRows(ROWS, counting, kept_bytes=encoder(FAMILIES["llava"])(ROWS[1:2])[0].nbytes)
    rows.__getitems__([1, 2])
    rows.__getitems__([1, 2])
    assert counting.asked == ["train-1", "train-2", "train-2"]


def brightness(pixels):
    """One feature [I, 1, 1] for each image."""
    return pixels.mean((1, 2, 3))[:, None, None]


def test_features_take_the_place_of_pixels(monkeypatch):
    monkeypatch.setattr(batching, "SEEN_TOGETHER", 4)
    encode = encoder(FAMILIES["llava"])
    seen = EncodedRows(ROWS, encode).with_features(brightness)
    for row, example, plain in zip(ROWS, seen.__getitems__(range(9)), encode(ROWS), strict=True):
        assert torch.equal(example.input_ids, plain.input_ids)
        if row["image"] is None:
            assert example.images == {}
        else:
            pixels = plain.images["pixel_values"]
            assert torch.equal(example.images["pixel_values"], brightness(pixels))


def test_images_are_seen_together_in_the_order_of_the_rows_whatever_was_read_before():
    def noting(numbers):
        def features(pixels):
            numbers.append(len(pixels))
            return pixels

        return features

    read, fresh = [], []
    rows = EncodedRows(ROWS, encoder(FAMILIES["llava"]))
    rows.__getitems__([5, 3])
    rows.with_features(noting(read))
    EncodedRows(ROWS, encoder(FAMILIES["llava"])).with_features(noting(fresh))
    assert read == fresh == [sum(row["image"] is not None for row in ROWS)]


def test_features_that_do_not_fit_are_not_kept():
    encode = encoder(FAMILIES["llava"])
    needed = sum(example.nbytes for example in encode(ROWS))
    assert EncodedRows(ROWS, encode, kept_bytes=needed).with_features(lambda p: p) is not None
    assert EncodedRows(ROWS, encode, kept_bytes=needed - 1).with_features(lambda p: p) is None


def test_smaller_subsets_lie_within_larger_ones():
    larger, smaller = subset(ROWS, 6, seed=5), subset(ROWS, 4, seed=5)
    assert larger[:4] == smaller
    assert subset(ROWS, 4, seed=6) != smaller
    assert sorted(row["id"] for row in subset(ROWS, 9, seed=5)) == [row["id"] for row in ROWS]


def test_refuses_a_subset_of_more_rows_than_there_are():
    with pytest.raises(ValueError, match="asked for 10 training samples, the data set has 9"):
        subset(ROWS, 10, seed=0)


def test_slices_cover_everything_once():
    assert [list(piece) for piece in slices(range(5), 2)] == [[0, 1], [2, 3], [4]]
