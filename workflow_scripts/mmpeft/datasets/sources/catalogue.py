"""The sources of the paper's datasets and of MMHal-Bench."""

from collections.abc import Mapping

from mmpeft.datasets.sources.source import HubSource, Source, WebSource

_VQA_FILES = "https://s3.amazonaws.com/cvmlp/vqa/mscoco/vqa"
_OKVQA_FILES = "https://okvqa.allenai.org/static/data"
_VIZWIZ_FILES = "https://vizwiz.cs.colorado.edu/VizWiz_final"

_ALL = (
    HubSource(
        name="scienceqa",
        title="ScienceQA, all three splits with images",
        page="https://huggingface.co/datasets/derek-thomas/ScienceQA",
        licence="CC BY-SA 4.0 on the hub; CC BY-NC-SA 4.0 in the authors' repository",
        repo="derek-thomas/ScienceQA",
        patterns=("data/*.parquet",),
    ),
    WebSource(
        name="vizwiz",
        title="VizWiz-VQA: images and annotations of the public splits",
        page="https://vizwiz.org/tasks-and-datasets/vqa/",
        licence="CC BY 4.0",
        urls=(
            f"{_VIZWIZ_FILES}/vqa_data/Annotations.zip",
            f"{_VIZWIZ_FILES}/images/train.zip",
            f"{_VIZWIZ_FILES}/images/val.zip",
        ),
    ),
    WebSource(
        name="iconqa",
        title="IconQA: images and questions of all three sub-tasks",
        page="https://iconqa.github.io/",
        licence="CC BY-NC-SA 4.0",
        urls=("https://iconqa2021.s3.us-west-1.amazonaws.com/iconqa_data.zip",),
    ),
    HubSource(
        name="flickr30k",
        title="Flickr30k: images, captions and the Karpathy split",
        page="https://huggingface.co/datasets/nlphuji/flickr30k",
        licence="images under Flickr's terms, for non-commercial research and education",
        repo="nlphuji/flickr30k",
        patterns=("flickr_annotations_30k.csv", "flickr30k-images.zip"),
    ),
    WebSource(
        name="okvqa",
        title="OK-VQA v1.1: questions and answers",
        page="https://okvqa.allenai.org/",
        licence="none found on its pages",
        urls=tuple(
            f"{_OKVQA_FILES}/{name}.json.zip"
            for split in ("train", "val")
            for name in (
                f"OpenEnded_mscoco_{split}2014_questions",
                f"mscoco_{split}2014_annotations",
            )
        ),
    ),
    HubSource(
        name="ocrvqa",
        title="OCR-VQA: book covers with their questions",
        page="https://huggingface.co/datasets/howard-hou/OCR-VQA",
        licence="none stated on the hub",
        repo="howard-hou/OCR-VQA",
        patterns=("data/*.parquet",),
    ),
    WebSource(
        name="vqav2",
        title="VQA v2.0: questions and answers of the public splits",
        page="https://visualqa.org/download.html",
        licence="CC BY 4.0",
        urls=tuple(
            f"{_VQA_FILES}/v2_{kind}_{split}_mscoco.zip"
            for split in ("Train", "Val")
            for kind in ("Questions", "Annotations")
        ),
    ),
    # Plain http: the certificate of this host is that of the storage behind it.
    WebSource(
        name="coco",
        title="COCO 2014: training and validation images (about 19 GB)",
        page="https://cocodataset.org/#download",
        licence="images under Flickr's terms of use",
        urls=(
            "http://images.cocodataset.org/zips/train2014.zip",
            "http://images.cocodataset.org/zips/val2014.zip",
        ),
    ),
    HubSource(
        name="mmhal",
        title="MMHal-Bench: images, questions and what a good answer says",
        page="https://huggingface.co/datasets/Shengcao1006/MMHal-Bench",
        licence="Apache 2.0",
        repo="Shengcao1006/MMHal-Bench",
        patterns=("response_template.json", "images/*"),
    ),
)

SOURCES: Mapping[str, Source] = {source.name: source for source in _ALL}
