import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmpeft.models.qwen_vl import (
    QwenVLConfig,
    QwenVLForConditionalGeneration,
    load_original,
    original_config,
)

ORACLE = Path(__file__).parents[2] / "oracles" / "qwen_vl_tiny"


@pytest.fixture
def original(tmp_path):
    """A writable copy of the oracle's checkpoint."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((ORACLE / name).read_bytes())
    return tmp_path


def test_full_size_is_qwen_vl_chat():
    with torch.device("meta"):
        model = QwenVLForConditionalGeneration(QwenVLConfig())
    counts = {name: weight.numel() for name, weight in model.named_parameters()}
    visual = "transformer.visual."
    pool = visual + "attn_pool."

    def total(wanted) -> int:
        return sum(count for name, count in counts.items() if wanted(name))

    assert sum(counts.values()) == 9_656_935_168
    assert total(lambda name: not name.startswith(visual)) == 7_721_324_544
    assert counts[pool + "pos_embed"] == 1_048_576
    assert total(lambda name: name.startswith(pool)) == 75_005_952 + 1_048_576
    output = {visual + "ln_post.weight", visual + "ln_post.bias", visual + "proj"}
    assert total(lambda name: name in output) == 16_785_408
    assert (
        total(lambda n: n.startswith(visual) and not n.startswith(pool) and n not in output)
        == 1_842_770_688
    )


def test_module_names_are_the_original_keys():
    keys = load_file(ORACLE / "model.safetensors").keys()
    assert load_original(ORACLE).state_dict().keys() == keys


def test_keys_of_the_remote_code_are_dropped(original):
    values = json.loads((original / "config.json").read_text())
    values |= {"model_type": "qwen", "auto_map": {"AutoConfig": "x.Y"}, "architectures": ["QWen"]}
    (original / "config.json").write_text(json.dumps(values))
    config = original_config(original)
    assert config.model_type == "qwen_vl"
    assert not hasattr(config, "auto_map")
    assert load_original(original).config.seq_length == 2048


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_bin_shards_load_as_well(original, dtype):
    weights = load_file(original / "model.safetensors")
    (original / "model.safetensors").unlink()
    names = sorted(weights)
    shards = {
        "pytorch_model-00001-of-00002.bin": names[:30],
        "pytorch_model-00002-of-00002.bin": names[30:],
    }
    for shard, part in shards.items():
        torch.save({name: weights[name] for name in part}, original / shard)
    index = {
        "metadata": {},
        "weight_map": {name: shard for shard, part in shards.items() for name in part},
    }
    (original / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    model = load_original(original, dtype=dtype)
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, weights[name].to(dtype)), name


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda w: w.pop("transformer.ln_f.weight"), r"missing_keys \['transformer.ln_f.weight'\]"),
        (
            lambda w: w.update({"lm_head.bias": torch.zeros(2)}),
            r"unexpected_keys \['lm_head.bias'\]",
        ),
        (lambda w: w.update({"lm_head.weight": torch.zeros(2, 2)}), "mismatched_keys .*lm_head"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(original, fault, message):
    weights = load_file(original / "model.safetensors")
    fault(weights)
    save_file(weights, original / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=message):
        load_original(original)


def test_another_model_is_refused(original):
    (original / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ValueError, match="not a Qwen-VL checkpoint"):
        load_original(original)
