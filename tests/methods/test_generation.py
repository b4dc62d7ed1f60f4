import pytest
import torch

from methods.cases import WIDEST, settings
from mmpeft.methods import attach
from tiny_models import FAMILIES, FAMILY_NAMES, disturb, image, inputs, model, training_batch

PROMPTS = ["What colour is the big shape left of the circle ?", "how many ?", "yes or no ?"]
IMAGES = [image(1), None, image(2)]
NEW_TOKENS = 6


@pytest.fixture(params=[(f, m, loc) for f in FAMILY_NAMES for m, loc in WIDEST], ids=str)
def tuned(request):
    """(family name, model far from its start, chat texts)."""
    name, method, location = request.param
    model_ = attach(model(name), FAMILIES[name], settings(method, location, connector="tuned"))
    disturb(model_)
    chats = [
        FAMILIES[name].chat.prompt(prompt, picture is not None)
        for prompt, picture in zip(PROMPTS, IMAGES, strict=True)
    ]
    return name, model_.eval(), chats


def generate(tuned, batch):
    """Logits [steps, B, V] and tokens [B, steps], with no early stop."""
    out = tuned.generate(
        **batch,
        do_sample=False,
        min_new_tokens=NEW_TOKENS,
        max_new_tokens=NEW_TOKENS,
        return_dict_in_generate=True,
        output_logits=True,
    )
    return torch.stack(out.logits), out.sequences[:, -NEW_TOKENS:]


def test_a_batch_answers_as_its_members_do_alone(tuned):
    family, tuned, chats = tuned
    together, tokens = generate(tuned, inputs(family, chats, IMAGES))
    for row, (chat, picture) in enumerate(zip(chats, IMAGES, strict=True)):
        alone, token = generate(tuned, inputs(family, [chat], [picture]))
        assert tokens[row].tolist() == token[0].tolist()
        # float32: only the order of sums differs
        torch.testing.assert_close(together[:, row], alone[:, 0], rtol=1e-4, atol=1e-5)


def test_generation_repeats_what_training_sees(tuned):
    """Each step's logits equal those of one uncached forward pass over the whole text."""
    family, tuned, chats = tuned
    batch = inputs(family, chats[:1], IMAGES[:1])
    logits, tokens = generate(tuned, batch)
    ids = torch.cat([batch["input_ids"], tokens], dim=1)
    whole = tuned(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        pixel_values=batch["pixel_values"],
        use_cache=False,
    ).logits
    start = batch["input_ids"].shape[1] - 1
    torch.testing.assert_close(
        logits[:, 0], whole[0, start : start + NEW_TOKENS], rtol=1e-4, atol=1e-5
    )


def test_padding_on_the_right_changes_nothing_in_training(tuned):
    family, tuned, chats = tuned
    batch = training_batch(family, chats, IMAGES)
    together = tuned(**batch).logits
    for row, (chat, picture) in enumerate(zip(chats, IMAGES, strict=True)):
        alone = tuned(**training_batch(family, [chat], [picture])).logits
        real = int(batch["attention_mask"][row].sum())
        torch.testing.assert_close(together[row, :real], alone[0], rtol=1e-4, atol=1e-5)
