"""Build the mini models from scratch: real transformers classes, tiny."""

import copy
from collections.abc import Sequence

from torch import nn

from mmpeft.models.mini.recipe import IMAGE_SIZE, PATCH_SIZE, Shape
from mmpeft.models.mini.tokenizer import LLAVA_TOKENS, QWEN_TOKENS, build_tokenizer

# Wider than the 0.02 of large models: at 128 dimensions that starts attention so flat that circuits
# form late (docs/mini-models.md).
INITIAL_STD = 0.06
ATTENTION_STD = 0.09


def _start_attending_to_equals(model) -> None:
    """Draw the attention weights anew, with the keys of each layer equal to its queries.

    Tokens then attend to their equals from the first step on, which every look-up builds on: found
    by chance, that match takes longer to form than all the rest (docs/mini-models.md).
    """
    if model.config.model_type == "qwen_vl":
        for block in model.transformer.h:
            nn.init.normal_(block.attn.c_attn.weight, std=ATTENTION_STD)
            queries, keys, _ = block.attn.c_attn.weight.data.chunk(3)
            keys.copy_(queries)
            nn.init.normal_(block.attn.c_proj.weight, std=ATTENTION_STD)
        return
    for layer in model.model.language_model.layers:
        attention = layer.self_attn
        for linear in (attention.q_proj, attention.v_proj, attention.o_proj):
            nn.init.normal_(linear.weight, std=ATTENTION_STD)
        attention.k_proj.weight.data.copy_(attention.q_proj.weight)


def build_llava(shape: Shape, tokenizer):
    """A LLaVA-1.5 of the given shape with fresh weights, and its processor."""
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    vision = CLIPVisionConfig(
        hidden_size=shape.vision_hidden,
        intermediate_size=2 * shape.vision_hidden,
        num_hidden_layers=shape.vision_layers,
        num_attention_heads=4,
        image_size=IMAGE_SIZE,
        patch_size=PATCH_SIZE,
        projection_dim=shape.vision_hidden,
    )
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        max_position_embeddings=512,
        rms_norm_eps=1e-5,
        initializer_range=INITIAL_STD,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=(IMAGE_SIZE // PATCH_SIZE) ** 2,
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
        projector_hidden_act="gelu",
        tie_word_embeddings=False,
    )
    model = LlavaForConditionalGeneration(config)
    processor = LlavaProcessor(
        image_processor=CLIPImageProcessorPil(
            do_resize=False, do_center_crop=False, size={"height": IMAGE_SIZE, "width": IMAGE_SIZE}
        ),
        tokenizer=tokenizer,
        patch_size=PATCH_SIZE,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
    return model, processor


def build_qwen_vl(shape: Shape, tokenizer):
    """A Qwen-VL of the given shape with fresh weights, and its processor."""
    from mmpeft.models.qwen_vl import (
        QwenVLConfig,
        QwenVLForConditionalGeneration,
        QwenVLProcessor,
        build_image_processor,
    )

    config = QwenVLConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        kv_channels=shape.hidden // shape.heads,
        intermediate_size=2 * shape.feed_forward,
        seq_length=512,
        max_position_embeddings=512,
        initializer_range=INITIAL_STD,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"),
        visual={
            "image_size": IMAGE_SIZE,
            "patch_size": PATCH_SIZE,
            "width": shape.vision_hidden,
            "heads": 4,
            "layers": shape.vision_layers,
            "mlp_ratio": 2.0,
            "output_dim": shape.hidden,
            "n_queries": shape.queries,
            "position_count": (IMAGE_SIZE // PATCH_SIZE) ** 2,
            "resampler_heads": 4,
            "image_start_id": tokenizer.convert_tokens_to_ids("<img>"),
        },
    )
    processor = QwenVLProcessor(
        image_processor=build_image_processor(IMAGE_SIZE),
        tokenizer=tokenizer,
        n_queries=shape.queries,
    )
    return QwenVLForConditionalGeneration(config), processor


def deepen(model, layers: int) -> None:
    """Grow a LLaVA's language model to `layers` decoder layers, in place, without changing a logit.

    Copies of evenly spaced layers are inserted behind their originals with output projections of
    zero, so each is an identity until it is trained (block expansion, LLaMA Pro,
    arXiv:2401.02415).
    """
    language = model.model.language_model
    old = list(language.layers)
    added = layers - len(old)
    copied = {round((k + 1) * len(old) / added) - 1 for k in range(added)}
    grown = []
    for index, layer in enumerate(old):
        grown.append(layer)
        if index in copied:
            twin = copy.deepcopy(layer)
            nn.init.zeros_(twin.self_attn.o_proj.weight)
            nn.init.zeros_(twin.mlp.down_proj.weight)
            grown.append(twin)
    for index, layer in enumerate(grown):
        layer.self_attn.layer_idx = index
    language.layers = nn.ModuleList(grown)
    model.config.text_config.num_hidden_layers = layers
    # transformers keeps one entry per layer where a configuration lists layer types
    if getattr(model.config.text_config, "layer_types", None):
        model.config.text_config.layer_types = ["full_attention"] * layers


def build(shape: Shape, words: Sequence[str]):
    """A model of the given shape, its weights drawn from torch's global seed, and its processor."""
    make, special = (build_qwen_vl, QWEN_TOKENS) if shape.queries else (build_llava, LLAVA_TOKENS)
    model, processor = make(shape, build_tokenizer(words, special))
    _start_attending_to_equals(model)
    return model, processor
