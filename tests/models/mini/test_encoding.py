import pytest
import torch

from mmpeft.models.mini.curriculum import Conversation
from mmpeft.models.mini.encoding import ConversationEncoder, _mask
from mmpeft.models.mini.pretraining import family_of_recipe, initial_model
from mmpeft.models.mini.recipe import RECIPES
from mmpeft.models.mini.stage_data import stage_data


def test_mask_joins_an_exchange_with_the_opening_only():
    segments = torch.tensor([[0, 1, 1, 2, -1]])
    assert _mask(segments)[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 0, 0, 1, 0],
        [1, 0, 0, 0, 1],
    ]


@pytest.mark.parametrize("name", ["foundation-llava", "foundation-qwen-vl"])
def test_an_exchange_is_a_conversation_of_its_own(name):
    """Logits of an answer are the same in company and alone."""
    model, processor = initial_model(name, None)
    model.eval()
    encode = ConversationEncoder(processor, family_of_recipe(name))
    data = stage_data(RECIPES[name].stages[1])
    conversation = next(
        data[i] for i in range(50) if data[i].image is not None and len(data[i].exchanges) > 3
    )
    together = encode([conversation])
    with torch.no_grad():
        logits = model(**together).logits[0, together["labels"][0] >= 0]
        alone = []
        for exchange in conversation.exchanges:
            batch = encode([Conversation(conversation.image, (exchange,))])
            alone.append(model(**batch).logits[0, batch["labels"][0] >= 0])
    # fp32: only the order of summation differs
    torch.testing.assert_close(torch.cat(alone), logits, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["foundation-llava", "foundation-qwen-vl"])
def test_a_single_exchange_is_what_fine_tuning_reads(name):
    _, processor = initial_model(name, None)
    family = family_of_recipe(name)
    conversation = Conversation(None, ((("what is option A? A. red", "red"),),))
    ids = ConversationEncoder(processor, family)([conversation])["input_ids"][0]
    text = family.chat.prompt("what is option A? A. red", has_image=False) + family.chat.answer(
        "red"
    )
    assert ids.tolist() == processor.tokenizer(text)["input_ids"]
