"""LoRA, IA3 and Prefix-Tuning of peft on the class."""

import pytest
import torch
from peft import IA3Config, LoraConfig, PeftModel, PrefixTuningConfig, TaskType, get_peft_model

from tiny_qwen_vl import rows, tiny_model

PREFIX = 5
CONFIGS = {
    "lora": LoraConfig(
        r=2,
        task_type=TaskType.CAUSAL_LM,
        target_modules=r"transformer\.h\.\d+\.(attn\.(c_attn|c_proj)|mlp\.(w1|w2|c_proj))",
    ),
    "ia3": IA3Config(
        task_type=TaskType.CAUSAL_LM,
        target_modules=r"transformer\.h\.\d+\.(attn|mlp)\.c_proj",
        feedforward_modules=r"transformer\.h\.\d+\.mlp\.c_proj",
    ),
    "prefix": PrefixTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=PREFIX),
}
TRAINABLE = {  # width 32, three layers, feed-forward 48
    "lora": 3 * 2 * ((32 + 96) + (32 + 32) + 2 * (32 + 48) + (48 + 32)),
    "ia3": 3 * (32 + 48),
    "prefix": PREFIX * 3 * 2 * 32,
}


@pytest.fixture(params=CONFIGS)
def tuned(request):
    """A model with a method whose weights are no longer their initial ones, and the method."""
    torch.manual_seed(0)
    model = get_peft_model(tiny_model(), CONFIGS[request.param])
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn_like(weight), alpha=0.3)
    return model.eval(), request.param


def labelled(inputs):
    return {
        **inputs,
        "labels": inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, -100),
    }


def test_a_training_step_reaches_the_method_and_nothing_else(tuned, batch):
    model, method = tuned
    weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
    assert sum(p.numel() for p in weights.values()) == TRAINABLE[method]
    assert not any("visual" in name for name in weights)
    optimiser = torch.optim.AdamW(weights.values(), lr=1e-2)
    before = None
    for _ in range(6):
        loss = model.train()(**labelled(batch())).loss
        before = loss.detach() if before is None else before
        loss.backward()
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in weights.values())
        optimiser.step()
        optimiser.zero_grad()
    assert loss < before


@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_nothing(tuned, batch, side):
    model, _ = tuned
    inputs = batch(side)
    logits = model(**inputs).logits
    for found, mask, row in zip(logits, inputs["attention_mask"].bool(), rows(inputs), strict=True):
        torch.testing.assert_close(found[mask], model(**row).logits[0], rtol=1e-4, atol=1e-4)


def test_images_matter(tuned, batch):
    model, _ = tuned
    inputs = batch()
    changed = {**inputs, "pixel_values": -inputs["pixel_values"]}
    moved = (model(**changed).logits - model(**inputs).logits).abs().amax(dim=(1, 2)) > 1e-3
    assert moved.tolist() == [True, True, False, True]


def test_generation_is_step_by_step_greedy_decoding_of_single_rows(tuned, batch):
    model, _ = tuned
    model.generation_config.eos_token_id = None
    inputs = batch("left")
    together = model.generate(**inputs, max_new_tokens=5, do_sample=False)[:, -5:]
    for found, row in zip(together, rows(inputs), strict=True):
        alone = model.generate(**row, max_new_tokens=5, do_sample=False)[0, -5:]
        assert torch.equal(found, alone)
        ids = row["input_ids"]
        for token in found:
            again = {**row, "input_ids": ids, "attention_mask": torch.ones_like(ids)}
            assert model(**again).logits[0, -1].argmax() == token
            ids = torch.cat([ids, token.reshape(1, 1)], dim=1)


def test_save_and_load(tuned, batch, tmp_path):
    model, _ = tuned
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(tiny_model(), tmp_path).eval()
    assert torch.equal(loaded(**batch()).logits, model(**batch()).logits)


def test_real_tokens_start_after_the_prefix(batch):
    """The positions of a prefix-tuned model: the prefix takes the first ones."""
    model = get_peft_model(tiny_model(), CONFIGS["prefix"]).eval()
    row = next(rows(batch()))
    length = row["input_ids"].shape[1]
    expected = model(**row).logits
    inner = model.get_base_model()
    found = inner(
        **{**row, "attention_mask": torch.ones(1, PREFIX + length)},
        position_ids=torch.arange(PREFIX, PREFIX + length)[None],
        past_key_values=model.get_prompt(1),
    ).logits
    assert torch.equal(found, expected)


@pytest.mark.parametrize("method", ["lora", "ia3"])
def test_gradient_checkpointing_trains_the_same(method, batch):
    """The order of the training script: checkpointing first, then the method."""
    gradients = []
    for checkpointing in (False, True):
        base = tiny_model()
        if checkpointing:
            base.activation_checkpointing_enable()
            base.enable_input_require_grads()
        torch.manual_seed(1)
        model = get_peft_model(base, CONFIGS[method]).train()
        model(**labelled(batch())).loss.backward()
        gradients.append({n: p.grad for n, p in model.named_parameters() if p.requires_grad})
    torch.testing.assert_close(gradients[1], gradients[0])


def test_the_resampler_can_be_saved_with_lora(batch, tmp_path):
    """Connector tuned through peft's modules_to_save: all of it but the fixed positions.

    peft marks them trainable in its copy, yet no gradient reaches them.
    """
    config = LoraConfig(
        r=2,
        task_type=TaskType.CAUSAL_LM,
        target_modules=CONFIGS["lora"].target_modules,
        modules_to_save=["attn_pool"],
    )
    model = get_peft_model(tiny_model(), config).train()
    copied = {n: p for n, p in model.named_parameters() if p.requires_grad and "attn_pool" in n}
    model(**labelled(batch())).loss.backward()
    assert {name.rsplit(".", 1)[1] for name, p in copied.items() if p.grad is None} == {"pos_embed"}
    with torch.no_grad():
        for weight in copied.values():
            if weight.grad is not None:
                weight.sub_(weight.grad)
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(tiny_model(), tmp_path)
    torch.testing.assert_close(loaded.eval()(**batch()).logits, model.eval()(**batch()).logits)
