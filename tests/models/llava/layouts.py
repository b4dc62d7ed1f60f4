"""Synthetic checkpoints of some thousand weights, in the layouts in which the real ones come."""

import json
import shutil
from pathlib import Path

import torch
from torch import Tensor

LAYERS, HIDDEN, INNER, VISION, VOCABULARY = 2, 16, 24, 8, 380
TOWER_ID = "Lin-Chen/ShareGPT4V-7B_Pretrained_vit-large336-l12"
TOWER_CONFIG = {
    "hidden_size": VISION,
    "intermediate_size": 20,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": 8,
    "patch_size": 4,
}


def _draw(shapes: dict[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def language_and_projector() -> dict[str, Tensor]:
    """Names and shapes of `share4v` and `llava_llama` checkpoints."""
    shapes = {
        "model.embed_tokens.weight": (VOCABULARY, HIDDEN),
        "model.norm.weight": (HIDDEN,),
        "lm_head.weight": (VOCABULARY, HIDDEN),
        "model.mm_projector.0.weight": (HIDDEN, VISION),
        "model.mm_projector.0.bias": (HIDDEN,),
        "model.mm_projector.2.weight": (HIDDEN, HIDDEN),
        "model.mm_projector.2.bias": (HIDDEN,),
    }
    for layer in range(LAYERS):
        inside = f"model.layers.{layer}."
        for name in "qkvo":
            shapes[f"{inside}self_attn.{name}_proj.weight"] = (HIDDEN, HIDDEN)
        shapes |= {
            f"{inside}mlp.gate_proj.weight": (INNER, HIDDEN),
            f"{inside}mlp.up_proj.weight": (INNER, HIDDEN),
            f"{inside}mlp.down_proj.weight": (HIDDEN, INNER),
            f"{inside}input_layernorm.weight": (HIDDEN,),
            f"{inside}post_attention_layernorm.weight": (HIDDEN,),
            f"{inside}self_attn.rotary_emb.inv_freq": (2,),
        }
    return _draw(shapes, 1)


def tower(seed: int) -> dict[str, Tensor]:
    """Names and shapes of a CLIP model's visual half."""
    inner = TOWER_CONFIG["intermediate_size"]
    shapes = {
        "embeddings.class_embedding": (VISION,),
        "embeddings.patch_embedding.weight": (VISION, 3, 4, 4),
        "embeddings.position_embedding.weight": (5, VISION),
    }
    for norm in ("pre_layrnorm", "post_layernorm"):
        shapes |= {f"{norm}.weight": (VISION,), f"{norm}.bias": (VISION,)}
    for layer in range(TOWER_CONFIG["num_hidden_layers"]):
        inside = f"encoder.layers.{layer}."
        for name in ("q", "k", "v", "out"):
            shapes[f"{inside}self_attn.{name}_proj.weight"] = (VISION, VISION)
            shapes[f"{inside}self_attn.{name}_proj.bias"] = (VISION,)
        shapes |= {f"{inside}mlp.fc1.weight": (inner, VISION), f"{inside}mlp.fc1.bias": (inner,)}
        shapes |= {f"{inside}mlp.fc2.weight": (VISION, inner), f"{inside}mlp.fc2.bias": (VISION,)}
        for norm in (1, 2):
            shapes[f"{inside}layer_norm{norm}.weight"] = (VISION,)
            shapes[f"{inside}layer_norm{norm}.bias"] = (VISION,)
    return {f"vision_model.{name}": value for name, value in _draw(shapes, seed).items()}


def write_bins(folder: Path, weights: dict[str, Tensor], config: dict) -> Path:
    """A folder with two pickled shards, as older repositories have them."""
    folder.mkdir(parents=True)
    names = sorted(weights)
    half = len(names) // 2
    places = {}
    for number, part in enumerate((names[:half], names[half:]), start=1):
        shard = f"pytorch_model-{number:05d}-of-00002.bin"
        torch.save({name: weights[name] for name in part}, folder / shard)
        places |= dict.fromkeys(part, shard)
    index = {"metadata": {}, "weight_map": places}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def write_original(folder: Path, sentencepiece_model: Path, **changes) -> Path:
    """A checkpoint in the layout of the LLaVA authors, in 16 bit."""
    config = {
        "model_type": "share4v",
        "architectures": ["Share4VLlamaForCausalLM"],
        "torch_dtype": "float16",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "vocab_size": VOCABULARY,
        "rms_norm_eps": 1e-5,
        "max_position_embeddings": 128,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "mm_vision_tower": TOWER_ID,
        "mm_vision_select_layer": -2,
        "mm_vision_select_feature": "patch",
        "mm_projector_type": "mlp2x_gelu",
        **changes,
    }
    weights = {name: value.half() for name, value in language_and_projector().items()}
    write_bins(folder, weights, config)
    shutil.copy(sentencepiece_model, folder / "tokenizer.model")
    return folder


def write_tower(folder: Path, seed: int) -> Path:
    """A whole CLIP model: its text half is of no use here."""
    text = {"text_model.final_layer_norm.weight": torch.ones(4), "logit_scale": torch.ones(())}
    position_ids = {"vision_model.embeddings.position_ids": torch.arange(5)[None]}
    config = {"model_type": "clip", "vision_config": TOWER_CONFIG}
    return write_bins(folder, {**tower(seed), **text, **position_ids}, config)
