"""What the paper says about its data sets (Table 8) that no code depends on; by their label."""

from collections.abc import Mapping

TASKS: Mapping[str, str] = {
    "SQA (img)": "Knowledge Grounded VQA",
    "VizWiz": "General VQA",
    "IconQA-txt": "Visual Reasoning",
    "IconQA-blank": "Visual Reasoning",
    "Flickr30k": "Image Caption",
    "OKVQA": "Knowledge Grounded VQA",
    "OCRVQA": "Reading Comprehension VQA",
    "VQAv2": "General VQA",
}
# The test answers of VizWiz are not public, so the paper tests on its validation split.
SPLITS: Mapping[str, str] = {"VizWiz": "train & val"}
USUAL_SPLIT = "train & test"

# By the name of the metric.
METRICS: Mapping[str, str] = {
    "option_accuracy": "Accuracy (↑)",
    "choice_accuracy": "Accuracy (↑)",
    "blank_accuracy": "Accuracy (↑)",
    "exact_match": "Accuracy (↑)",
    "vizwiz_score": "VQA-Score (↑)",
    "vqa_score": "VQA-Score (↑)",
    "cider": "CIDEr (↑)",
}

# What the paper calls all test questions of a data set whose headline is over those with an image.
WHOLE_TESTS: Mapping[str, str] = {"SQA (img)": "SQA (all)"}

# Of the training sets in Table 9, those with images of COCO, wholly or in part: GQA and VG through
# Visual Genome, whose images are in COCO; LLaVA's and ShareGPT4V's through their instructions.
WITH_COCO_IMAGES = frozenset(
    {
        "A-OKVQA",
        "COCO Caption",
        "GQA",
        "LLaVA-Instruct-158K",
        "OKVQA",
        "RefCOCO",
        "RefCOCO+",
        "RefCOCOg",
        "ShareGPT4V",
        "ShareGPT4V-PT",
        "VG",
        "VGQA",
        "VQAv2",
    }
)
