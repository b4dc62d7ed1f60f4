"""Models that a study declares by their modules: nothing about them is in the code."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

import declared_models
import tiny_models
import tiny_runs
from methods.cases import settings
from mmpeft.batching import Encoder, collate
from mmpeft.datasets.registry import DATASETS
from mmpeft.evaluation import evaluate
from mmpeft.inference import predict
from mmpeft.methods import (
    attach,
    load_adapter,
    parameter_groups,
    save_adapter,
    trainable_manifest,
)
from mmpeft.models.loading import load_base
from mmpeft.training import fine_tune
from mmpeft.training.trainer import answer_loss

SPEC = DATASETS[tiny_runs.DATASET]
NAMES = tuple(declared_models.SPECIAL)
METHODS = ("adapter", "lora", "ia3", "prefix")
# Its positions leave no place for a prefix.
PAIRS = [
    (name, method)
    for name in NAMES
    for method in METHODS
    if (name, method) != ("qwen2_5_vl", "prefix")
]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def png(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def rows():
    """With images of several shapes, and one text alone."""
    shapes = [None, (8, 8), (30, 20), (14, 33), (16, 16)]
    return [
        {**row, "image": None if shape is None else png(*shape)}
        for row, shape in zip(tiny_runs.rows("train", len(shapes)), shapes, strict=True)
    ]


def batch_of(base, some_rows, side="right"):
    encode = Encoder(base.processor, base.family, SPEC, with_answer=True)
    return collate(encode(some_rows), base.processor.tokenizer.pad_token_id, side)


def tuned(base, method, connector="tuned"):
    location = None if method == "prefix" else "both"
    run = settings(method, location, connector=connector)
    return attach(base.model, base.family, run)


def test_patterns_hit_the_decoder_and_each_part_is_one_of_three(name):
    base = declared_models.load(name)
    family = base.family
    linear = {n for n, m in base.model.named_modules() if isinstance(m, torch.nn.Linear)}
    pattern = family.module_pattern(family.targets("both"))
    assert {n for n in linear if re.fullmatch(pattern, n)} == {
        n for n in linear if re.match(family.decoder_layer, n)
    }
    parameters = dict(base.model.named_parameters())
    connector = set(family.connector_names(parameters))
    visual = set(family.visual_names(parameters, base.model.config))
    assert connector
    assert visual
    assert not connector & visual
    language = parameters.keys() - connector - visual
    assert all(re.search(r"language_model|text_model|lm_head", n) for n in language)


def test_the_chat_is_that_of_the_processor(name):
    base = declared_models.load(name)
    for has_image in (True, False):
        content = [{"type": "image"}] * has_image + [{"type": "text", "text": "Why ?"}]
        turns = [{"role": "user", "content": content}]
        template = base.processor.apply_chat_template
        asked = template(turns, add_generation_prompt=True, tokenize=False)
        assert base.family.chat.prompt("Why ?", has_image) == asked
        turns.append({"role": "assistant", "content": [{"type": "text", "text": "so"}]})
        said = template(turns, tokenize=False)
        assert asked + base.family.chat.answer("so") == said.rstrip()


def test_a_batch_of_images_of_several_shapes_is_its_rows(name):
    base, several = declared_models.load(name), rows()
    with torch.no_grad():
        total, tokens = answer_loss(base.model, batch_of(base, several))
        alone = [answer_loss(base.model, batch_of(base, [row])) for row in several]
    assert tokens == sum(count for _, count in alone)
    torch.testing.assert_close(total, sum(loss for loss, _ in alone), rtol=1e-4, atol=1e-3)


def test_images_matter(name):
    base, several = declared_models.load(name), rows()
    encode = Encoder(base.processor, base.family, SPEC, with_answer=True)
    seen, other = encode([several[4]]), encode([{**several[4], "image": png(17, 17)}])
    assert len(seen[0].input_ids) == len(other[0].input_ids)
    with torch.no_grad():
        losses = [answer_loss(base.model, collate(one, 0, "right"))[0] for one in (seen, other)]
    assert abs(losses[0] - losses[1]) > 1e-3


@pytest.mark.parametrize(("name", "method"), PAIRS)
def test_methods_train(name, method):
    base = declared_models.load(name)
    peft = tuned(base, method).train()
    groups = trainable_manifest(peft, base.family)["groups"]
    assert groups["method"] > 0
    assert groups["connector"] > 0
    assert groups["visual_encoder"] == 0
    rates = {"learning_rate": 1e-2, "connector_learning_rate": 1e-3, "weight_decay": 0.0}
    optimiser = torch.optim.AdamW(parameter_groups(peft, base.family, **rates))
    batch, losses = batch_of(base, rows()), []
    for _ in range(6):
        loss, _ = answer_loss(peft, batch)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(("name", "method"), PAIRS)
def test_what_is_saved_answers_the_same(name, method, tmp_path):
    base = declared_models.load(name)
    peft = tuned(base, method)
    tiny_models.disturb(peft)
    save_adapter(peft, base.family, tmp_path)
    before = predict(peft, base.processor, base.family, rows(), SPEC, batch_size=5)
    fresh = declared_models.load(name)
    untouched = predict(fresh.model, fresh.processor, fresh.family, rows(), SPEC, batch_size=5)
    loaded = load_adapter(fresh.model, fresh.family, tmp_path)
    again = predict(loaded, fresh.processor, fresh.family, rows(), SPEC, batch_size=2)
    assert replace(again, batch_sizes=before.batch_sizes) == before
    assert before.texts != untouched.texts


def test_positions_of_several_axes_take_no_prefix():
    base = declared_models.load("qwen2_5_vl")
    with pytest.raises(
        ValueError, match=r"does not work with qwen2_5_vl: its multi-axis positions"
    ):
        tuned(base, "prefix")


def test_a_declared_base_is_fine_tuned_and_scored_by_its_folder_alone(tmp_path):
    """A LLaVA of which nothing is told but its modules."""
    base = tmp_path / "base"
    tiny_models.model("llava").save_pretrained(base)
    processor = tiny_models.processor("llava")
    processor.chat_template = (
        "{% for message in messages %}{% if message['role'] == 'user' %}USER: "
        "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>\n"
        "{% else %}{{ part['text'] }}{% endif %}{% endfor %} ASSISTANT:"
        "{% else %} {{ message['content'][0]['text'] }}</s>{% endif %}{% endfor %}"
    )
    processor.tokenizer.model_input_names = ["input_ids", "attention_mask"]
    processor.save_pretrained(base)
    modules = {
        "decoder_layer": r"model\.language_model\.layers\.\d+",
        "connector": r"model\.multi_modal_projector\..*",
        "visual_encoder": r"model\.vision_tower\..*",
    }
    model = {"name": "mine", "family": "declared", "modules": modules, "base": str(base)}
    assert load_base(model).family.chat.prompt("Why ?", True) == "USER: <image>\nWhy ? ASSISTANT:"

    data = tiny_runs.write_data(tmp_path / "data")
    run = tiny_runs.train_settings(base, "llava")
    record = fine_tune({**run, "model": model}, data, tmp_path / "declared")
    known = fine_tune(run, data, tmp_path / "known")
    assert record["status"] == "ok"
    assert record["final_losses"] == pytest.approx(known["final_losses"], rel=1e-5)

    scoring = {**tiny_runs.evaluate_settings(base, "llava"), "model": model}
    adapter = tmp_path / "declared" / "adapter"
    assert evaluate(scoring, data, adapter, tmp_path / "scores")["scores"]
