"""What the paper says about its models (Tables 9 and 11), misprints corrected; by their label."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """Parts of a model, and the data sets it had seen: in pre-training and in fine-tuning."""

    vision: str
    language: str
    connector: str
    pretrained_on: tuple[str, ...]
    fine_tuned_on: tuple[str, ...]


_LLAVA_PRETRAINING = ("CC-595K", "LLaVA-Instruct-158K")
_LLAVA_FINE_TUNING = (
    "VQAv2",
    "OKVQA",
    "OCRVQA",
    "GQA",
    "A-OKVQA",
    "TextCaps",
    "RefCOCO",
    "VG",
)

FACTS: Mapping[str, ModelFacts] = {
    "LLaVA-1.5-7B": ModelFacts(
        vision="CLIP ViT-L/14",
        language="Vicuna-v1.5-7B",
        connector="MLP",
        pretrained_on=_LLAVA_PRETRAINING,
        fine_tuned_on=_LLAVA_FINE_TUNING,
    ),
    "LLaVA-1.5-13B": ModelFacts(
        vision="CLIP ViT-L/14",
        language="Vicuna-v1.5-13B",
        connector="MLP",
        pretrained_on=_LLAVA_PRETRAINING,
        fine_tuned_on=_LLAVA_FINE_TUNING,
    ),
    "ShareGPT4V": ModelFacts(
        vision="CLIP ViT-L/14",
        language="Vicuna-v1.5-7B",
        connector="MLP",
        pretrained_on=(*_LLAVA_PRETRAINING, "ShareGPT4V-PT"),
        fine_tuned_on=(
            "VQAv2",
            "OKVQA",
            "OCRVQA",
            "A-OKVQA",
            "GQA",
            "TextCaps",
            "RefCOCO",
            "VG",
            "ShareGPT4V",
        ),
    ),
    "Qwen-VL-Chat": ModelFacts(
        vision="OpenCLIP ViT-bigG/14",
        language="Qwen-7B",
        connector="Cross-attention",
        pretrained_on=(
            "LAION-en",
            "LAION-COCO",
            "DataComp",
            "Coyo",
            "CC12M",
            "CC3M",
            "SBU",
            "COCO Caption",
            "LAION-zh",
            "GQA",
            "VGQA",
            "VQAv2",
            "DVQA",
            "OCRVQA",
            "DocVQA",
            "TextVQA",
            "ChartQA",
            "AI2D",
            "GRIT",
            "VG",
            "RefCOCO+",
            "RefCOCOg",
            "SynthDoG-en & zh",
            "Common Crawl of pdf & HTML",
            "In-house Data",
        ),
        fine_tuned_on=("OKVQA", "OCRVQA", "VQAv2"),
    ),
}
