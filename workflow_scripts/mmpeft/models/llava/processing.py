"""Tokenizer and images as the authors of LLaVA-1.5 feed them to their model."""

from pathlib import Path

from tokenizers import AddedToken
from tokenizers.models import BPE
from transformers import (
    LlamaTokenizer,
    LlavaConfig,
    LlavaProcessor,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)
from transformers.convert_slow_tokenizer import SentencePieceExtractor
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

IMAGE_TOKEN, PAD_TOKEN = "<image>", "<pad>"
FEATURE_LAYER = -2  # mm_vision_select_layer of the original


def build_tokenizer(sentencepiece_model: Path) -> PreTrainedTokenizerFast:
    """Vicuna's tokenizer, with `<image>` and `<pad>` as the two ids after its own.

    Each piece of text, also that behind an image, begins with a space of its own (`legacy`), as in
    the original, which tokenises what stands before and behind an image apart. The class is the
    general one, since that of Llama forgets this when it is read again.
    """
    pieces = SentencePieceExtractor(str(sentencepiece_model)).extract(BPE)
    llama = LlamaTokenizer(
        vocab=pieces["vocab"], merges=pieces["merges"], legacy=True, add_bos_token=True
    )
    backend = llama.backend_tokenizer
    added = [
        AddedToken(token, normalized=False, special=True) for token in (IMAGE_TOKEN, PAD_TOKEN)
    ]
    backend.add_special_tokens(added)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=llama.bos_token,
        eos_token=llama.eos_token,
        unk_token=llama.unk_token,
        pad_token=PAD_TOKEN,
        additional_special_tokens=[IMAGE_TOKEN],
        padding_side="left",
        model_input_names=["input_ids", "attention_mask"],
    )


def build_image_processor(image_size: int) -> LlavaImageProcessorPil:
    """Pad to a square with the mean colour, then as CLIP: bicubic resize, mean and deviation."""
    return LlavaImageProcessorPil(
        do_pad=True,
        size={"shortest_edge": image_size},
        crop_size={"height": image_size, "width": image_size},
    )


def build_processor(tokenizer: PreTrainedTokenizerBase, config: LlavaConfig) -> LlavaProcessor:
    """Tokenizer and images in one; the image token stands for every patch, and for no class token.

    Raises ValueError if the model does not take the features of the original, or its ids differ.
    """
    taken = config.vision_feature_layer, config.vision_feature_select_strategy
    if taken != (FEATURE_LAYER, "default"):
        raise ValueError(
            f"the model takes features of layer and kind {taken}, "
            f"the original those of {(FEATURE_LAYER, 'default')}"
        )
    image_id = tokenizer.convert_tokens_to_ids(IMAGE_TOKEN)
    if config.image_token_id != image_id:
        raise ValueError(
            f"{IMAGE_TOKEN} is {config.image_token_id} to the model, {image_id} to the tokenizer"
        )
    return LlavaProcessor(
        image_processor=build_image_processor(config.vision_config.image_size),
        tokenizer=tokenizer,
        patch_size=config.vision_config.patch_size,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
