"""Qwen-VL as native transformers classes; importing this registers them with the Auto classes."""

from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor

from .configuration import QwenVLConfig, QwenVLVisualConfig
from .loading import load_original, original_config
from .modeling import QwenVLForConditionalGeneration, QwenVLModel
from .processing import QwenVLProcessor, build_image_processor

AutoConfig.register(QwenVLConfig.model_type, QwenVLConfig, exist_ok=True)
AutoModelForImageTextToText.register(QwenVLConfig, QwenVLForConditionalGeneration, exist_ok=True)
AutoProcessor.register(QwenVLConfig, QwenVLProcessor, exist_ok=True)

__all__ = [
    "QwenVLConfig",
    "QwenVLForConditionalGeneration",
    "QwenVLModel",
    "QwenVLProcessor",
    "QwenVLVisualConfig",
    "build_image_processor",
    "load_original",
    "original_config",
]
