import pytest
import torch

from mmpeft.models.mini.architecture import build, deepen
from mmpeft.models.mini.encoding import ConversationEncoder
from mmpeft.models.mini.pretraining import family_of_recipe, initial_model
from mmpeft.models.mini.recipe import RECIPES, SHAPES
from mmpeft.models.mini.stage_data import stage_data


def _batch(model, processor, name: str, number: int = 4) -> dict[str, torch.Tensor]:
    data = stage_data(RECIPES[f"foundation-{name}"].stages[1])
    encode = ConversationEncoder(processor, family_of_recipe(f"foundation-{name}"))
    return encode([data[index] for index in range(number)])


def test_the_models_keep_the_papers_order_of_sizes():
    sizes = {}
    for name, shape in SHAPES.items():
        model, _ = build(shape, ["red"])
        sizes[name] = sum(p.numel() for p in model.parameters())
    assert sizes["mini-llava-13b"] > sizes["mini-llava-7b"] == sizes["mini-sharegpt4v"]
    assert all(1_000_000 < size < 4_000_000 for size in sizes.values())


@pytest.mark.parametrize("name", ["llava", "qwen-vl"])
def test_labels_cover_the_answers_of_every_turn(name):
    model, processor = initial_model(f"foundation-{name}", None)
    batch = _batch(model, processor, name)
    conversations = stage_data(RECIPES[f"foundation-{name}"].stages[1])
    family = family_of_recipe(f"foundation-{name}")
    for row in range(4):
        labels = batch["labels"][row]
        spoken = processor.tokenizer.decode(labels[labels >= 0])
        answers = "".join(
            family.chat.answer(answer)
            for exchange in conversations[row].exchanges
            for _, answer in exchange
        )
        expected = processor.tokenizer.decode(processor.tokenizer(answers)["input_ids"])
        assert spoken == expected


@pytest.mark.parametrize("name", ["llava", "qwen-vl"])
def test_a_picture_changes_the_loss(name):
    model, processor = initial_model(f"foundation-{name}", None)
    batch = _batch(model, processor, name)
    with torch.no_grad():
        seen = model(**batch).loss
        batch["pixel_values"] = torch.flip(batch["pixel_values"], dims=(3,))
        mirrored = model(**batch).loss
    assert seen.isfinite()
    assert seen != mirrored


def test_initial_weights_depend_on_the_recipe_alone():
    torch.manual_seed(123)
    first, _ = initial_model("foundation-llava", None)
    torch.manual_seed(456)
    second, _ = initial_model("foundation-llava", None)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_deeper_model_says_the_same_until_it_is_trained():
    model, processor = initial_model("foundation-llava", None)
    batch = _batch(model, processor, "llava")
    with torch.no_grad():
        shallow = model(**batch).logits
        deepen(model, 9)
        deep = model(**batch).logits
    assert model.config.text_config.num_hidden_layers == 9
    assert len(model.model.language_model.layers) == 9
    torch.testing.assert_close(deep, shallow, rtol=0, atol=0)


def test_a_deeper_model_generates_and_survives_saving(tmp_path):
    from transformers import LlavaForConditionalGeneration

    model, processor = initial_model("foundation-llava", None)
    deepen(model, 9)
    model.save_pretrained(tmp_path)
    again = LlavaForConditionalGeneration.from_pretrained(tmp_path)
    prompt = processor.tokenizer("USER: what is option A? ASSISTANT:", return_tensors="pt")
    said = [m.eval().generate(**prompt, max_new_tokens=4, do_sample=False) for m in (model, again)]
    assert torch.equal(*said)


@pytest.mark.parametrize(
    ("name", "start"), [("foundation-llava", "somewhere"), ("mini-llava-7b", None)]
)
def test_a_recipe_says_where_it_starts(tmp_path, name, start):
    with pytest.raises(ValueError, match="starts from"):
        initial_model(name, tmp_path if start else None)
