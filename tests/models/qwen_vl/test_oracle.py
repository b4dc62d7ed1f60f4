import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from mmpeft.models.qwen_vl.oracle import Difference, OracleError, compare

ORACLE = Path(__file__).parents[2] / "oracles" / "qwen_vl_tiny"


@pytest.fixture
def oracle(tmp_path):
    """A writable copy of the oracle."""
    for path in ORACLE.iterdir():
        shutil.copyfile(path, tmp_path / path.name)
    return tmp_path


def rewrite_values(folder: Path, edit) -> None:
    with np.load(folder / "io.npz") as archive:
        values = dict(archive)
    edit(values)
    np.savez(folder / "io.npz", **values)


def test_the_class_reproduces_the_original_code():
    differences = compare(ORACLE)
    assert [(one.case, one.quantity) for one in differences] == [
        *[(i, q) for i in (0, 1) for q in ("pixel_values", "image_tokens", "logits", "greedy")],
        (2, "logits"),
        (2, "greedy"),
    ]
    assert all(one.within for one in differences)


@pytest.mark.parametrize(
    ("key", "beyond"),
    [
        ("transformer.visual.positional_embedding", {"image_tokens", "logits"}),
        ("transformer.visual.attn_pool.pos_embed", {"image_tokens", "logits"}),
        (
            "transformer.visual.transformer.resblocks.1.attn.in_proj.bias",
            {"image_tokens", "logits"},
        ),
        ("transformer.h.1.attn.c_attn.bias", {"logits"}),
        ("transformer.h.0.mlp.w2.weight", {"logits"}),
    ],
)
def test_one_changed_weight_is_noticed(oracle, key, beyond):
    weights = load_file(oracle / "model.safetensors")
    weights[key].view(-1)[40] += 0.5  # of in_proj: a value, not a query
    save_file(weights, oracle / "model.safetensors", metadata={"format": "pt"})
    found = {one.quantity for one in compare(oracle) if not one.within}
    assert found - {"greedy"} == beyond


def test_one_changed_token_is_noticed(oracle):
    def edit(values):
        values["greedy_2"][3] += 1

    rewrite_values(oracle, edit)
    assert [one for one in compare(oracle) if not one.within] == [Difference(2, "greedy", 1.0)]


def test_several_images_in_a_case(oracle):
    """Two images in one text; the image tokens are those of the single ones."""

    def edit(values):
        pixels = np.stack([values["pixel_values_0"], values["pixel_values_1"]])
        tokens = np.stack([values["image_tokens_0"], values["image_tokens_1"]])
        ids = np.concatenate([values["input_ids_0"], values["input_ids_1"]])
        values.clear()
        values.update(pixel_values_0=pixels, image_tokens_0=tokens, input_ids_0=ids)

    rewrite_values(oracle, edit)
    assert [one.quantity for one in compare(oracle)] == ["image_tokens"]


def test_nan_is_beyond_tolerance():
    assert not Difference(0, "logits", float("nan")).within


def drop(*names):
    return lambda values: [values.pop(name) for name in names]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda v: v.clear(), "has no input_ids_0"),
        (drop("logits_2", "greedy_2"), "nothing to compare for input_ids_2"),
        (drop("pixel_values_1"), "image_tokens_1 without pixel_values_1"),
        (lambda v: v.update(logits_0=v["logits_0"][1:]), r"shapes differ: \[30, 1024\]"),
        (lambda v: v.update(input_ids_0=v["input_ids_0"][:9]), "1 images need 16 placeholders"),
        (lambda v: v.update(input_ids_2=v["input_ids_2"] + 1020), "case 2 does not fit the model"),
    ],
)
def test_values_that_cannot_be_compared(oracle, edit, message):
    rewrite_values(oracle, edit)
    with pytest.raises(OracleError, match=message):
        compare(oracle)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", None, "has no config.json"),
        ("io.npz", None, "has no io.npz"),
        ("io.npz", b"no archive", "io.npz cannot be read"),
        ("config.json", b"{", "cannot load the model"),
        ("config.json", b'{"visual": {"n_queries": 12}}', "must be a square number"),
        ("config.json", b'{"visual": {"n_queries": "x"}}', "cannot load the model"),
        ("model.safetensors", None, "cannot load the model"),
        ("model.safetensors", b"broken", "cannot load the model"),
    ],
)
def test_a_bad_folder_is_refused(oracle, name, content, message):
    (oracle / name).unlink()
    if content is not None:
        (oracle / name).write_bytes(content)
    with pytest.raises(OracleError, match=message):
        compare(oracle)
