import pytest
from huggingface_hub.errors import StrictDataclassError
from transformers import AutoConfig

from mmpeft.models.qwen_vl import QwenVLConfig
from tiny_qwen_vl import tiny_config


def test_defaults_are_qwen_vl_chat():
    config = QwenVLConfig()
    assert config.visual.mlp_width == 8192
    assert config.visual.resampler_heads == 32
    assert (config.image_start_id, config.image_end_id, config.image_token_id) == (
        151857,
        151858,
        151859,
    )


def test_peft_finds_the_attention_shape():
    config = tiny_config()
    assert config.head_dim == 8
    assert config.num_key_value_heads == 4
    assert config.get_text_config() is config


def test_round_trip_keeps_the_visual_section(tmp_path):
    config = tiny_config()
    config.save_pretrained(tmp_path)
    loaded = AutoConfig.from_pretrained(tmp_path)
    assert type(loaded) is QwenVLConfig
    assert loaded.visual.to_dict() == config.visual.to_dict()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"visual": {"n_queries": 12}}, "visual.n_queries must be a square number"),
        ({"visual": {"position_count": 20}}, "visual.position_count must be a square number"),
        ({"visual": {"image_size": 25}}, r"visual.image_size must be a multiple .* got 25"),
        ({"visual": {"heads": 5}}, "visual.heads must divide visual.width"),
        ({"visual": {"resampler_heads": 3}}, "visual.output_dim must be a multiple"),
        ({"visual": {"output_dim": 64}}, r"visual.output_dim must equal hidden_size \(32\)"),
        ({"visual": {"image_start_id": 62}}, r"visual.image_start_id must be at most .* \(61\)"),
        ({"intermediate_size": 97}, "intermediate_size must be even"),
        ({"kv_channels": 7}, "kv_channels must be even"),
        ({"seq_length": 1}, "seq_length must be at least 2"),
    ],
)
def test_impossible_sizes_are_refused(changes, message):
    with pytest.raises((StrictDataclassError, ValueError), match=message):
        tiny_config(**changes)
