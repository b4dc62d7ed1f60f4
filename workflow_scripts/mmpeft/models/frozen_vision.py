"""Run a frozen visual encoder once for each image, and not again in every step."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling


def has_features(model: PreTrainedModel) -> bool:
    """Whether `features_of` knows where the visual encoder of this model ends."""
    config = model.config
    return config.model_type == "qwen_vl" or (
        config.model_type == "llava" and isinstance(config.vision_feature_layer, int)
    )


def features_of(model: PreTrainedModel, pixel_values: Tensor) -> Tensor:
    """[I, 3, side, side] -> features [I, P, W], on the CPU, that the model's connector reads.

    model: LLaVA, with one feature layer (its class token is among the P), or Qwen-VL.
    """
    pixels = pixel_values.to(model.device)
    with torch.no_grad():
        if model.config.model_type == "qwen_vl":
            return model.transformer.visual.patch_features(pixels).cpu()
        seen = model.model.vision_tower(pixels, output_hidden_states=True)
        return seen.hidden_states[model.config.vision_feature_layer].cpu()


def read_features(model: PreTrainedModel) -> None:
    """Let `model`, in place, take what `features_of` gives as its `pixel_values`."""
    if model.config.model_type == "qwen_vl":
        model.transformer.visual.reads_features = True
    else:
        model.model.vision_tower = _Features(model.config.vision_feature_layer)


class _Features(nn.Module):
    """In the place of CLIP: what it is given is the layer that LLaVA asks for."""

    def __init__(self, layer: int) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, features: Tensor, **options: Any) -> BaseModelOutputWithPooling:
        return BaseModelOutputWithPooling(hidden_states={self.layer: features})
