import pytest
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, DynamicCache

from mmpeft.models.qwen_vl import QwenVLForConditionalGeneration
from tiny_qwen_vl import QUERIES, WORDS, rows, tiny_config, tiny_model


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def with_labels(inputs):
    labels = inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, -100)
    return {**inputs, "labels": labels}


@pytest.mark.parametrize("seq_length", [64, 8])
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_nothing(batch, side, seq_length):
    """Also beyond seq_length, where each row has its own rotary base and log-n factors."""
    model = tiny_model(seq_length=seq_length)
    inputs = batch(side)
    logits = model(**inputs).logits
    for found, mask, row in zip(logits, inputs["attention_mask"].bool(), rows(inputs), strict=True):
        close(found[mask], model(**row).logits[0])


@pytest.mark.parametrize("seq_length", [64, 8])
def test_batched_generation_equals_one_by_one(batch, seq_length):
    model = tiny_model(seq_length=seq_length)
    model.generation_config.eos_token_id = None
    inputs = batch("left")
    together = model.generate(**inputs, max_new_tokens=6, do_sample=False)
    alone = [
        model.generate(**row, max_new_tokens=6, do_sample=False)[0, -6:] for row in rows(inputs)
    ]
    assert torch.equal(together[:, -6:], torch.stack(alone))
    assert len({tuple(one.tolist()) for one in alone}) > 1


@pytest.mark.parametrize("length", [64, 24])
def test_cache_equals_no_cache(batch, length):
    """Also beyond seq_length, where log-n acts; dynamic NTK is decided by the prompt, so off."""
    model = tiny_model(seq_length=length, use_dynamic_ntk=False)
    inputs = next(rows(batch()))
    ids = torch.cat([inputs["input_ids"], torch.randint(7, 60, (1, 20))], dim=1)
    pixels = inputs["pixel_values"]
    expected = model(input_ids=ids, pixel_values=pixels).logits
    out = model(input_ids=ids[:, :10], pixel_values=pixels, use_cache=True)
    found = [out.logits]
    for step in range(10, ids.shape[1]):
        out = model(input_ids=ids[:, step : step + 1], past_key_values=out.past_key_values)
        found.append(out.logits)
    close(torch.cat(found, dim=1), expected)


def test_the_prompt_fixes_the_rotary_base(batch):
    model = tiny_model(seq_length=8)
    inputs = next(rows(batch()))
    out = model(**inputs, use_cache=True)
    length = inputs["input_ids"].shape[1]
    assert length == 10
    assert out.past_key_values.rotary_base.item() == pytest.approx(10000 * 3 ** (8 / 6))
    model(input_ids=inputs["input_ids"][:, -1:], past_key_values=out.past_key_values)
    assert out.past_key_values.rotary_base.item() == pytest.approx(10000 * 3 ** (8 / 6))


def test_training_ignores_the_trained_length(batch):
    inputs = with_labels(batch())
    short, long = tiny_model(seq_length=8), tiny_model(seq_length=64)
    assert short(**inputs).loss != long(**inputs).loss
    assert short.train()(**inputs).loss == long.train()(**inputs).loss


def test_images_matter_and_keep_their_order(model, batch):
    inputs = batch()
    logits = model(**inputs).logits
    swapped = {**inputs, "pixel_values": inputs["pixel_values"][[0, 2, 1, 3]]}
    changed = (model(**swapped).logits - logits).abs().amax(dim=(1, 2)) > 1e-3
    assert changed.tolist() == [False, True, False, False]


def test_text_only_batch_needs_no_pixels(model, processor):
    inputs = processor(text=["w1 w2 w3", "w4"], padding=True, return_tensors="pt")
    outputs = model.train()(**with_labels(inputs))
    outputs.loss.backward()
    assert model.transformer.wte.weight.grad.abs().max() > 0
    assert model.transformer.visual.proj.grad is None


def test_images_are_encoded_although_a_cache_exists(model, batch):
    """As with Prefix-Tuning, whose prefix is a cache, and in a second turn with a new image."""
    first, _, _, second = rows(batch())
    ids = torch.cat([first["input_ids"], second["input_ids"]], dim=1)
    pixels = torch.cat([first["pixel_values"], second["pixel_values"]])
    expected = model(input_ids=ids, pixel_values=pixels).logits
    cache = model(**first, use_cache=True).past_key_values
    found = model(
        input_ids=second["input_ids"],
        pixel_values=second["pixel_values"],
        past_key_values=cache,
    ).logits
    close(found, expected[:, first["input_ids"].shape[1] :])


def test_pixels_are_ignored_where_no_placeholder_is(model, batch):
    row = next(rows(batch()))
    ids = torch.tensor([[8, 9, 10]])
    expected = model(input_ids=ids).logits
    assert torch.equal(model(input_ids=ids, pixel_values=row["pixel_values"]).logits, expected)


def test_missing_images_and_cut_images_are_refused(model, batch):
    row = next(rows(batch()))
    with pytest.raises(ValueError, match="but no pixel_values"):
        model(input_ids=row["input_ids"])
    with pytest.raises(ValueError, match=r"1 images need 4 placeholders .* has 2"):
        model(input_ids=row["input_ids"][:, :4], pixel_values=row["pixel_values"])
    with pytest.raises(ValueError, match="either input_ids or inputs_embeds"):
        model(pixel_values=row["pixel_values"])


@pytest.mark.parametrize("reentrant", [True, False])
def test_gradient_checkpointing_gives_the_same_gradients(batch, reentrant):
    inputs = with_labels(batch())
    losses, gradients = [], []
    for checkpointing in (False, True):
        model = tiny_model().train()
        if checkpointing:
            model.activation_checkpointing_enable({"use_reentrant": reentrant})
            model.enable_input_require_grads()
        loss = model(**inputs).loss
        loss.backward()
        losses.append(loss)
        gradients.append({n: p.grad for n, p in model.named_parameters() if p.requires_grad})
    close(losses[0], losses[1])
    assert all(grad is not None for grad in gradients[0].values())
    if reentrant:  # re-entrant checkpoints pass no gradient to a ViT whose input needs none
        gradients = [
            {name: grad for name, grad in one.items() if ".visual." not in name}
            for one in gradients
        ]
    torch.testing.assert_close(gradients[1], gradients[0])


def test_loss_counts_labels_only(model, batch):
    inputs = batch()
    labels = torch.full_like(inputs["input_ids"], -100)
    labels[2, 1:3] = inputs["input_ids"][2, 1:3]
    outputs = model(**inputs, labels=labels)
    expected = torch.nn.functional.cross_entropy(outputs.logits[2, 0:2], labels[2, 1:3])
    torch.testing.assert_close(outputs.loss, expected)


def test_logits_to_keep(model, batch):
    inputs = batch()
    logits = model(**inputs).logits
    close(model(**inputs, logits_to_keep=2).logits, logits[:, -2:])
    wanted = torch.tensor([1, 5])
    close(model(**inputs, logits_to_keep=wanted).logits, logits[:, wanted])


def test_embeddings_can_be_read_given_and_resized(model, batch):
    row = list(rows(batch()))[2]
    expected = model(**row).logits
    embeds = model.get_input_embeddings()(row["input_ids"])
    close(model(inputs_embeds=embeds, attention_mask=row["attention_mask"]).logits, expected)
    model.resize_token_embeddings(len(WORDS) + 5)
    assert model.get_input_embeddings().weight.shape[0] == len(WORDS) + 5
    assert model.get_output_embeddings().weight.shape[0] == len(WORDS) + 5
    close(model(**row).logits[..., : len(WORDS)], expected)


def test_beam_search_and_generation_without_cache(model, batch):
    inputs = batch("left")
    beams = model.generate(**inputs, max_new_tokens=3, do_sample=False, num_beams=2)
    assert beams.shape[0] == 4
    model.generation_config.eos_token_id = None
    expected = model.generate(**inputs, max_new_tokens=4, do_sample=False)
    uncached = model.generate(**inputs, max_new_tokens=4, do_sample=False, use_cache=False)
    assert torch.equal(uncached, expected)


def test_use_cache_is_off_in_training_and_on_in_evaluation(model, batch):
    inputs = batch()
    assert isinstance(model(**inputs).past_key_values, DynamicCache)
    assert model(**inputs, use_cache=False).past_key_values is None
    assert model.train()(**inputs).past_key_values is None


def test_bfloat16_round_trip(model, batch, tmp_path):
    model.to(torch.bfloat16).save_pretrained(tmp_path)
    loaded = AutoModelForImageTextToText.from_pretrained(tmp_path).eval()
    assert type(loaded) is QwenVLForConditionalGeneration
    assert loaded.dtype == torch.bfloat16
    assert not loaded.transformer.visual.attn_pool.pos_embed.requires_grad
    for name, weight in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], weight), name
    assert torch.equal(loaded(**batch()).logits, model(**batch()).logits)


def test_initial_weights():
    torch.manual_seed(0)
    model = QwenVLForConditionalGeneration(
        tiny_config(hidden_size=128, kv_channels=32, visual={"output_dim": 128})
    )
    block = model.transformer.h[0]
    assert block.attn.c_attn.weight.std().item() == pytest.approx(0.3, rel=0.05)
    assert block.attn.c_proj.weight.std().item() == pytest.approx(0.3 / 6**0.5, rel=0.05)
    assert block.attn.c_attn.bias.abs().max() == 0
    pool = model.transformer.visual.attn_pool
    assert pool.query.std().item() == pytest.approx(0.02, rel=0.1)
    assert pool.pos_embed.shape == (QUERIES, 128)
    assert all(torch.isfinite(p).all() for p in model.parameters())


def test_training_from_scratch_learns_what_the_image_shows(processor):
    """Two images, two answers: no answer can be told from the text."""
    torch.manual_seed(0)
    model = QwenVLForConditionalGeneration(tiny_config(initializer_range=0.1)).train()
    images = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    inputs = processor(
        images=images, text=["<img></img> w1 w2", "<img></img> w1 w3"], return_tensors="pt"
    )
    labels = inputs["input_ids"].clone()
    labels[:, :-1] = -100
    weights = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=3e-3)
    for _ in range(40):
        loss = model(**inputs, labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    assert loss < 0.1


def test_a_generated_placeholder_is_no_image(model, batch):
    """A model may emit the placeholder id itself; without a cache it comes back as input."""
    row = next(rows(batch()))
    stray = torch.full((1, QUERIES), model.config.image_token_id)
    inputs = torch.cat([row["input_ids"], stray], dim=1)
    logits = model(input_ids=inputs, pixel_values=row["pixel_values"]).logits
    close(logits[:, :-QUERIES], model(**row).logits)
