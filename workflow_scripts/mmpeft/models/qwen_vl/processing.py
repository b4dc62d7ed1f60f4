"""Text and images to model inputs for Qwen-VL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image
from transformers import BatchFeature, PreTrainedTokenizerBase, ProcessorMixin
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

IMAGE_START, IMAGE_END = "<img>", "</img>"


def build_image_processor(image_size: int) -> CLIPImageProcessorPil:
    """Bicubic resize straight to a square (aspect ratio not kept), CLIP mean and deviation."""
    return CLIPImageProcessorPil(
        size={"height": image_size, "width": image_size},
        resample=Image.Resampling.BICUBIC,
        do_center_crop=False,
    )


class QwenVLProcessor(ProcessorMixin):
    """Tokenizer and image processor in one; each `<img></img>` in a text stands for one image.

    The tokenizer must know `<img>`, `</img>` and `image_token` with consecutive ids, as the model
    expects of `visual.image_start_id`; ValueError otherwise.
    """

    def __init__(
        self,
        image_processor: CLIPImageProcessorPil | None = None,
        tokenizer: PreTrainedTokenizerBase | None = None,
        n_queries: int = 256,
        image_token: str = "<imgpad>",
        chat_template: str | None = None,
    ) -> None:
        start, end, pad = tokenizer.convert_tokens_to_ids([IMAGE_START, IMAGE_END, image_token])
        if None in (start, end, pad) or (end, pad) != (start + 1, start + 2):
            raise ValueError(
                f"tokenizer must give {IMAGE_START}, {IMAGE_END}, {image_token} consecutive ids, "
                f"got {start}, {end}, {pad}"
            )
        self.n_queries = n_queries
        self.image_token = image_token
        self.image_token_id = pad
        super().__init__(image_processor, tokenizer, chat_template=chat_template)

    def __call__(
        self,
        images: Image.Image | Sequence[Any] | None = None,
        text: str | Sequence[str] | None = None,
        **kwargs: Any,
    ) -> BatchFeature:
        """input_ids, attention_mask [B, T]; pixel_values [I, 3, side, side] if there are images.

        images: in reading order over all texts, flat or one list per text. Other arguments
        (padding, truncation, max_length, padding_side, return_tensors ...) go to the tokenizer.
        Raises ValueError if the texts do not hold one `<img></img>` per image.
        """
        texts = [text] if isinstance(text, str) else list(text)
        flat = _flatten(images)
        slots = sum(one.count(IMAGE_START + IMAGE_END) for one in texts)
        if slots != len(flat):
            raise ValueError(
                f"{slots} times {IMAGE_START}{IMAGE_END} in the text, but {len(flat)} images"
            )
        filled = IMAGE_START + self.image_token * self.n_queries + IMAGE_END
        return_tensors = kwargs.pop("return_tensors", None)
        inputs = self.tokenizer(
            [one.replace(IMAGE_START + IMAGE_END, filled) for one in texts], **kwargs
        )
        data = {key: inputs[key] for key in ("input_ids", "attention_mask")}
        if flat:
            data["pixel_values"] = self.image_processor(flat, return_tensors="np")["pixel_values"]
        return BatchFeature(data, tensor_type=return_tensors)

    @property
    def model_input_names(self) -> list[str]:
        """Names of what `__call__` returns."""
        return ["input_ids", "attention_mask", "pixel_values"]


def _flatten(images: Any) -> list[Any]:
    """All images in reading order, from one image, a list, a list of lists, or None."""
    if images is None:
        return []
    if isinstance(images, (list, tuple)):
        return [image for part in images for image in _flatten(part)]
    return [images]
